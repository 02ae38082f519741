package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documentation points to is there, and what it shows is accepted. */
class DocumentationTest {
  private static final Path ROOT = Path.of("").toAbsolutePath();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.+)$");
  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern DOCUMENT =
      Pattern.compile("(?ms)^<!-- (rules|settings) -->\\n```yaml\\n(.*?)^```$");

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String folder : List.of("docs", "conf", "charts", "loadtest")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
      }
    }
    try (Stream<Path> files = Files.list(ROOT)) {
      files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
    }
    return pages;
  }

  private static String prose(Path page) throws IOException {
    return FENCE.matcher(Files.readString(page)).replaceAll("");
  }

  /** As GitHub makes anchors of headings. */
  private static String anchor(String heading) {
    return heading
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N}_\\- ]", "")
        .strip()
        .replace(' ', '-');
  }

  @Test
  void links_lead_somewhere() throws IOException {
    List<String> dead = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : LINK.matcher(prose(page)).results().toList()) {
        String target = link.group(1);
        if (!target.matches("[a-z]+:.*") && !leads(page, target)) {
          dead.add(ROOT.relativize(page) + ": " + target);
        }
      }
    }
    assertThat(dead).isEmpty();
  }

  private static boolean leads(Path page, String target) throws IOException {
    int hash = target.indexOf('#');
    String file = hash < 0 ? target : target.substring(0, hash);
    Path path = file.isEmpty() ? page : page.resolveSibling(file).normalize();
    if (!path.startsWith(ROOT) || !Files.exists(path)) {
      return false;
    }
    return hash < 0
        || HEADING
            .matcher(prose(path))
            .results()
            .anyMatch(heading -> anchor(heading.group(1)).equals(target.substring(hash + 1)));
  }

  @Test
  void whole_documents_are_accepted() throws Exception {
    int documents = 0;
    for (Path page : pages()) {
      for (MatchResult shown : DOCUMENT.matcher(Files.readString(page)).results().toList()) {
        documents++;
        String name = ROOT.relativize(page).toString();
        if (shown.group(1).equals("rules")) {
          RulesDocument.parse(name, shown.group(2), variable -> null);
        } else {
          SettingsDocument.parse(name, shown.group(2), Map.of("REDIS_PASSWORD", "a password"));
        }
      }
    }
    assertThat(documents).isGreaterThanOrEqualTo(3);
  }
}
