package io.apitwo.config;

import io.apitwo.rules.DocumentFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Watches one file by looking at it now and then, which works alike for editors that rename, for
 * mounted folders and for Kubernetes' links. A change counts once the file has kept still from one
 * look to the next, so that no half-written text is taken.
 *
 * <p>Blocking; one thread at a time.
 */
public final class RulesFile {
  private final Path path;
  private @Nullable Signature taken;
  private @Nullable Signature lastSeen;

  private record Signature(long size, long modifiedNanos, @Nullable Object key) {}

  public RulesFile(Path path) {
    this.path = path;
  }

  public Path path() {
    return path;
  }

  /** The text now. Later {@link #changed} calls compare with this moment. */
  public String read() throws IOException {
    taken = signature();
    lastSeen = taken;
    return DocumentFile.read(path);
  }

  /**
   * The text, if it is not the one last taken and the file has kept still since the call before.
   *
   * @throws IOException when the file has changed and cannot be read, once for each such change
   */
  public Optional<String> changed() throws IOException {
    Signature now = signature();
    boolean still = now.equals(lastSeen);
    lastSeen = now;
    if (!still || now.equals(taken)) {
      return Optional.empty();
    }
    return Optional.of(read());
  }

  private Signature signature() throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return new Signature(
          attributes.size(),
          attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS),
          attributes.fileKey());
    } catch (NoSuchFileException e) {
      return new Signature(-1, 0, null);
    }
  }
}
