package io.apitwo.admin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bearer token of the admin API. Kept as a hash: it can be compared, and not be printed. */
public final class AdminToken {
  private static final Logger log = LoggerFactory.getLogger(AdminToken.class);
  private static final String OWNER_ONLY = "rw-------";
  private static final int LEAST_CHARACTERS = 16;
  private static final int MOST_FILE_BYTES = 65_536;

  private final byte[] sha256;

  private AdminToken(String token) {
    this.sha256 = sha256(token);
  }

  /** A token from the settings. */
  public static AdminToken of(String token) {
    return new AdminToken(token);
  }

  /**
   * The token in the first line of a file.
   *
   * @throws IOException when there is none, or a short one; the message names the file, never the
   *     token
   */
  public static AdminToken read(Path file) throws IOException {
    String token;
    try (InputStream in = Files.newInputStream(file)) {
      String text = new String(in.readNBytes(MOST_FILE_BYTES), StandardCharsets.UTF_8);
      token = text.lines().findFirst().orElse("").strip();
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": no such file (expected: a file with the admin token)", e);
    } catch (IOException e) {
      throw new IOException(file + ": cannot be read (expected: a file with the admin token)", e);
    }
    if (token.length() < LEAST_CHARACTERS) {
      throw new IOException(
          file
              + ": "
              + token.length()
              + " characters (expected: a token of at least "
              + LEAST_CHARACTERS
              + ")");
    }
    return new AdminToken(token);
  }

  /**
   * The token in a file that is made, readable by its owner alone, if it is not there yet. One that
   * others may read or write is pointed out.
   *
   * @throws IOException when it cannot be made or read; the message says what is in the way
   */
  public static AdminToken readOrGenerate(Path file) throws IOException {
    if (!Files.exists(file)) {
      generate(file);
    }
    warnOfOthers(file);
    return read(file);
  }

  private static void warnOfOthers(Path file) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      boolean others = permissions.stream().anyMatch(each -> !each.name().startsWith("OWNER_"));
      if (others) {
        log.warn(
            "{}: {} (expected: {}, readable by its owner alone)",
            file,
            PosixFilePermissions.toString(permissions),
            OWNER_ONLY);
      }
    } catch (IOException | UnsupportedOperationException e) {
      log.debug("who may read {} is not known", file, e);
    }
  }

  /** All of it is there, or nothing: it is written beside its place. */
  private static void generate(Path file) throws IOException {
    try {
      byte[] random = new byte[32];
      new SecureRandom().nextBytes(random);
      String token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Path beside = file.resolveSibling(file.getFileName() + ".new");
      Files.deleteIfExists(beside);
      var ownerOnly =
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY));
      try (var channel =
          FileChannel.open(
              beside, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
        channel.write(ByteBuffer.wrap((token + "\n").getBytes(StandardCharsets.UTF_8)));
        channel.force(true);
      }
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IOException(
          file + ": cannot be made (expected: a folder that can be made and written to)", e);
    }
  }

  /**
   * Whether an {@code Authorization} header carries the token; takes the same time for every wrong
   * one.
   */
  boolean matches(@Nullable String authorization) {
    if (authorization == null || !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return false;
    }
    return MessageDigest.isEqual(sha256, sha256(authorization.substring(7).strip()));
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }
}
