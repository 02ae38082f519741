package io.apitwo.config;

import io.apitwo.config.FileNews.Said;
import io.apitwo.config.FileNews.Verdict;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.RulesDocument;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes pushes of what the rules file says, when that is news ({@link FileNews}). What is refused
 * is said once, problem by problem; what cannot be pushed now is tried again.
 *
 * <p>Belongs to the event loop of its {@link Home}.
 */
final class RulesWatch {
  private static final Logger log = LoggerFactory.getLogger(RulesWatch.class);

  /** What the file said last that was pushed, or found to be no news. */
  private static final String NOTE = "file.said";

  /** Of so many looks one tries again what could not be pushed. */
  private static final int LOOKS_TO_RETRY = 8;

  private final Home home;
  private final RulesFile file;
  private final RuleRevisions rules;
  private final RevisionFolder folder;
  private final EntryLog entries;
  private final ActiveRules active;
  private final String actor;
  private Said before = Said.NOTHING;
  private boolean looking;
  private boolean askedAgain;
  private @Nullable String waiting;
  private @Nullable String silence;
  private int looks;

  RulesWatch(
      Home home,
      RulesFile file,
      RuleRevisions rules,
      EntryLog entries,
      ActiveRules active,
      String node) {
    this.home = home;
    this.file = file;
    this.rules = rules;
    this.entries = entries;
    this.folder = entries.folder();
    this.active = active;
    this.actor = "file " + node;
  }

  /**
   * Pushes what the file said when the process started, if that is news.
   *
   * @return succeeds whatever comes of it
   */
  Future<Void> start(String text) {
    return home.inTurn(() -> folder.note(NOTE))
        .compose(
            note -> {
              before = Said.of(note);
              return run(() -> Optional.of(text), false);
            });
  }

  /** Looks whether the file has changed. */
  void look() {
    String again = ++looks % LOOKS_TO_RETRY == 0 ? waiting : null;
    run(() -> file.changed().or(() -> Optional.ofNullable(again)), false);
  }

  /**
   * Somebody asks for a look at what is there now: one that is under way may have come too soon.
   * Also the files that it names are read: those may say something new in the same text.
   */
  void reload() {
    if (looking) {
      askedAgain = true;
    } else {
      run(() -> Optional.of(file.read()), true);
    }
  }

  private Future<Void> run(Callable<Optional<String>> reading, boolean anew) {
    if (looking) {
      return Future.succeededFuture();
    }
    looking = true;
    return home.inTurn(reading)
        .compose(text -> text.isEmpty() ? Future.succeededFuture() : take(text.get(), anew))
        .onFailure(this::refused)
        .otherwiseEmpty()
        .onComplete(
            done -> {
              looking = false;
              if (askedAgain) {
                askedAgain = false;
                reload();
              }
            });
  }

  private Future<Void> take(String text, boolean anew) {
    String sha256 = Entry.sha256(text);
    boolean namesFiles = anew && text.contains("${file:");
    Entry newest = entries.head();
    if (newest != null && newest.sha256().equals(sha256) && !namesFiles) {
      return noNews(sha256);
    }
    Push push = Push.ofFile(text, file.path().toString(), actor);
    silence = text.equals(waiting) ? silence : null;
    waiting = text;
    return rules
        .push(push, (history, head) -> isNews(text, sha256, history.list(), namesFiles))
        .compose(
            pushed ->
                pushed.isPresent()
                    ? said(before.pushed(sha256, pushed.get().revision()))
                    : noNews(sha256));
  }

  private Future<Boolean> isNews(
      String text, String sha256, List<Entry> history, boolean namesFiles) {
    String headText = history.isEmpty() ? "" : history.get(0).text();
    return home.aside(
            () -> FileNews.judge(sha256, generation(text), before, history, generation(headText)))
        .map(
            verdict -> {
              boolean news = verdict == Verdict.NEWS || verdict == Verdict.IN_FORCE && namesFiles;
              if (!news && verdict != Verdict.IN_FORCE) {
                log.info(
                    "{} is no news ({}): revision={} stays",
                    file.path(),
                    verdict.name().toLowerCase(java.util.Locale.ROOT),
                    history.get(0).number());
              }
              return news;
            });
  }

  private static long generation(String text) {
    return text.contains("generation") ? RulesDocument.generation(text) : 0;
  }

  private Future<Void> noNews(String sha256) {
    return said(before.noNews(sha256, entries.history().list()));
  }

  private Future<Void> said(Said now) {
    waiting = null;
    silence = null;
    if (now.equals(before)) {
      return Future.succeededFuture();
    }
    before = now;
    return home.inTurn(
        () -> {
          try {
            folder.keepNote(NOTE, now.note());
          } catch (IOException e) {
            log.warn("what the rules file said cannot be kept on this disk: {}", e.toString());
          }
          return null;
        });
  }

  private void refused(Throwable cause) {
    long stays = active.revision().number();
    if (cause instanceof AuthorityException) {
      String reason = String.valueOf(cause.getMessage());
      if (!reason.equals(silence)) { // it is tried every other second
        log.warn("rules cannot be pushed now: {}; revision={} stays", reason, stays);
      }
      silence = reason;
      return;
    }
    waiting = null;
    if (cause instanceof InvalidDocumentException invalid) {
      invalid.problems().forEach(problem -> log.warn("rules refused: {}", problem));
      log.warn("rules unchanged: revision={} stays in force", stays);
    } else if (cause instanceof IOException) {
      log.warn("cannot read {}: revision={} stays in force", file.path(), stays);
    } else {
      log.error("rules refused: revision={} stays in force", stays, cause);
    }
  }
}
