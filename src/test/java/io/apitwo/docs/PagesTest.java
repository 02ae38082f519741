package io.apitwo.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** No block with commands is forgotten, and both READMEs say the same. */
class PagesTest {
  private static final Path ENGLISH = Path.of("README.md");
  private static final Path CHINESE = Path.of("README_ZH.md");
  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern HEADING = Pattern.compile("(?m)^(#{1,6}) ");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern SERIES = Pattern.compile("apitwo_[a-z_]+");
  private static final Pattern METER = Pattern.compile("= \"(apitwo\\.[a-z.]+)\"");
  private static final Pattern QUESTION = Pattern.compile("(?m)^\\*\\*.+[?？.。]\\*\\*");

  @Test
  void every_block_with_commands_is_run_or_says_why_not() throws IOException {
    List<String> forgotten = new ArrayList<>();
    for (Page page : Page.all()) {
      for (Block block : page.blocks()) {
        if (!block.isRun() && !block.isExcused()) {
          forgotten.add(page.file() + ":" + block.line() + ": " + block.lines().get(0));
        }
      }
    }
    assertThat(forgotten).isEmpty();
  }

  @Test
  void both_readmes_have_the_same_sections() throws IOException {
    assertThat(found(HEADING, CHINESE)).hasSizeGreaterThan(10).isEqualTo(found(HEADING, ENGLISH));
    assertThat(found(QUESTION, CHINESE)).hasSameSizeAs(found(QUESTION, ENGLISH)).isNotEmpty();
  }

  @Test
  void both_readmes_run_the_same_commands() throws IOException {
    assertThat(commands(CHINESE)).hasSizeGreaterThan(5).isEqualTo(commands(ENGLISH));
  }

  @Test
  void both_readmes_name_the_same_pages_and_series() throws IOException {
    assertThat(set(LINK, CHINESE)).isEqualTo(set(LINK, ENGLISH));
    assertThat(set(SERIES, CHINESE)).isEqualTo(set(SERIES, ENGLISH));
  }

  @Test
  void every_series_is_in_both_readmes() throws IOException {
    String meters = Files.readString(Path.of("src/main/java/io/apitwo/telemetry/Meters.java"));
    List<String> names =
        METER.matcher(meters).results().map(name -> name.group(1).replace('.', '_')).toList();
    assertThat(names).hasSizeGreaterThan(20);
    for (Path readme : List.of(ENGLISH, CHINESE)) {
      assertThat(Files.readString(readme)).contains(names.stream().map("`"::concat).toList());
    }
  }

  /** How they are marked, and the lines without what is said behind them. */
  private static List<String> commands(Path file) throws IOException {
    List<String> commands = new ArrayList<>();
    for (Block block : Page.read(file).blocks()) {
      commands.add(block.mark());
      for (String line : block.lines()) {
        commands.add(line.replaceFirst("\\s{2,}# .*", ""));
      }
    }
    return commands;
  }

  private static List<String> found(Pattern pattern, Path file) throws IOException {
    String prose = FENCE.matcher(Files.readString(file)).replaceAll("");
    return pattern
        .matcher(prose)
        .results()
        .map(found -> found.groupCount() > 0 ? found.group(1) : "")
        .toList();
  }

  private static Set<String> set(Pattern pattern, Path file) throws IOException {
    Set<String> set = new TreeSet<>();
    pattern
        .matcher(Files.readString(file))
        .results()
        .map(MatchResult::group)
        .filter(found -> !found.contains("README.md)") && !found.contains("README_ZH"))
        .forEach(set::add);
    return set;
  }
}
