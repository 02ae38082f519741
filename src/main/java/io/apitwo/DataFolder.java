package io.apitwo;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks a folder as used by this node, and says so when another one uses it already: both would
 * keep their revisions there. Neither that nor a folder that cannot be written stops a node.
 */
final class DataFolder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DataFolder.class);

  private final @Nullable FileChannel channel;

  private DataFolder(@Nullable FileChannel channel) {
    this.channel = channel;
  }

  /** Blocks. */
  static DataFolder use(Path folder) {
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (lock(channel) == null) {
        log.warn("dataDir: {} is in use by another node (expected: one for each)", folder);
      }
      return new DataFolder(channel);
    } catch (IOException e) {
      log.warn("dataDir: {} cannot be written, so no revision outlives a restart: {}", folder, e);
      return new DataFolder(null);
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // by another node of this process
    }
  }

  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      log.debug("lock of the data folder", e);
    }
  }
}
