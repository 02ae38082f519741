package io.apitwo.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last entries of one document on this node's disk, each in a file of its own: written whole
 * beside, forced to the disk and then renamed, so that a crash leaves the old files or the new one.
 * What cannot be read is put aside as {@code *.damaged}, and said.
 *
 * <p>Blocking; one thread at a time.
 */
final class RevisionFolder {
  private static final Logger log = LoggerFactory.getLogger(RevisionFolder.class);
  private static final String END = ".json";
  private static final int SHOWN_OF_HASH = 12;
  private static final FileAttribute<?>[] OWNER_ONLY = {
    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
  };

  private final Path folder;
  private final int most;

  /**
   * @param most how many entries are kept
   */
  RevisionFolder(Path folder, int most) {
    this.folder = folder;
    this.most = most;
  }

  /** What is there; nothing when the folder cannot be read, which is said. */
  List<Entry> load() {
    List<Entry> entries = new ArrayList<>();
    try {
      for (Path file : files()) {
        load(file, entries);
      }
    } catch (IOException e) {
      log.warn("{}: cannot be read: {}", folder, e.toString());
    }
    return entries;
  }

  private static void load(Path file, List<Entry> entries) throws IOException {
    try {
      Entry entry = EntryForm.read(Files.readString(file));
      if (!file.getFileName().toString().equals(nameOf(entry))) {
        throw new IllegalArgumentException("not the entry of its name");
      }
      entries.add(entry);
    } catch (IllegalArgumentException | IOException e) {
      log.warn("{}: a damaged revision is put aside: {}", file, e.getMessage());
      Files.move(
          file,
          file.resolveSibling(file.getFileName() + ".damaged"),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> file.getFileName().toString().endsWith(END))
          .sorted(Comparator.reverseOrder())
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** Keeps an entry, and drops the oldest beyond those that are kept. */
  void save(Entry entry) throws IOException {
    create();
    write(nameOf(entry), EntryForm.write(entry));
    List<Path> files = files();
    for (Path old : files.subList(Math.min(most, files.size()), files.size())) {
      Files.deleteIfExists(old);
    }
  }

  /** A small text beside the entries; empty where there is none. */
  String note(String name) {
    try {
      return Files.readString(folder.resolve(name)).strip();
    } catch (IOException e) {
      return "";
    }
  }

  void keepNote(String name, String text) throws IOException {
    create();
    write(name, text + "\n");
  }

  /** For the node's user alone: what is written there names clients, and hashes of API keys. */
  private void create() throws IOException {
    boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    Files.createDirectories(folder, posix ? OWNER_ONLY : new FileAttribute<?>[0]);
  }

  private void write(String name, String text) throws IOException {
    Path beside = folder.resolve(name + ".new");
    try (FileChannel file =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    Files.move(
        beside,
        folder.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true); // the name too
    }
  }

  private static String nameOf(Entry entry) {
    return String.format("%015d-%s", entry.number(), entry.sha256().substring(0, SHOWN_OF_HASH))
        + END;
  }
}
