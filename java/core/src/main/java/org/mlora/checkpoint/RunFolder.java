package org.mlora.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mlora.data.store.AtomicFile;
import org.mlora.data.store.AtomicFolder;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.FolderTree;
import org.mlora.data.store.RegularFile;
import org.mlora.data.store.StrictJson;
import org.mlora.error.InvalidInputException;

/**
 * The folder of one training, locked while it is open: {@code best/} (the model), {@code last/}
 * (the state to go on from), {@code config.json}, and {@code metrics.jsonl} with a line for each
 * epoch. The file of the lock is the first that a run writes, so that files without it are not a
 * run's, whatever their names, and are neither replaced nor deleted.
 */
public final class RunFolder implements AutoCloseable {
  /** Folder of the best model below a run. */
  public static final String BEST = "best";

  /** Folder of the last state below a run. */
  public static final String LAST = "last";

  /** File of the configuration of a run. */
  public static final String CONFIG = "config.json";

  private static final String METRICS = "metrics.jsonl";
  private static final String LOCK = ".lock";
  private static final int MAX_MEBIBYTES = 1024;
  private static final Pattern OURS =
      Pattern.compile(
          "\\.lock|\\.(best|last)\\.part-.+"
              + "|\\.?(config\\.json|metrics\\.jsonl|report\\.html)(\\.part-.+)?");

  private final Path folder;
  private final FileChannel lockFile;

  private RunFolder(Path folder, FileChannel lockFile) {
    this.folder = folder;
    this.lockFile = lockFile;
  }

  /**
   * Starts a run in a folder that is new, empty, or holds what a run left before its first
   * checkpoint.
   *
   * @throws InvalidInputException when it holds a run or something else, is in use, or cannot be
   *     written
   */
  public static RunFolder create(Path folder) {
    requireFree(folder);
    RunFolder run = lock(folder);
    try {
      run.recover();
      requireNoRun(folder);
      Files.deleteIfExists(folder.resolve(METRICS));
      return run;
    } catch (IOException e) {
      run.close();
      throw FileErrors.cannotDelete(folder.resolve(METRICS), e);
    } catch (Throwable e) {
      run.close();
      throw e;
    }
  }

  /**
   * Opens a run to go on with it.
   *
   * @throws InvalidInputException when there is nothing to go on from, or it is in use
   */
  public static RunFolder resume(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new InvalidInputException(folder + ": no such folder; there is no run to resume");
    }
    if (!Files.exists(folder.resolve(LOCK)) && !hasCheckpoint(folder)) {
      throw new InvalidInputException(folder + " holds no run; there is nothing to resume");
    }
    RunFolder run = lock(folder);
    try {
      run.recover();
      return run;
    } catch (Throwable e) {
      run.close();
      throw e;
    }
  }

  /** Whether a run said what it is, or saved something. */
  public static boolean isStarted(Path folder) {
    return hasCheckpoint(folder)
        || Files.exists(folder.resolve(LOCK)) && Files.exists(folder.resolve(CONFIG));
  }

  /** Whether a run was cut off before it was started, so that it begins anew. */
  public static boolean isCutOff(Path folder) {
    return Files.exists(folder.resolve(LOCK)) && !isStarted(folder);
  }

  private static RunFolder lock(Path folder) {
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!locked(folder, channel)) {
        channel.close();
        throw new InvalidInputException(
            folder + " is in use by another training; wait for it or choose another folder");
      }
      return new RunFolder(folder, channel);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(folder, e);
    }
  }

  private static boolean locked(Path folder, FileChannel channel) throws IOException {
    try {
      Optional<FileLock> lock = Optional.ofNullable(channel.tryLock());
      return lock.isPresent();
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      channel.close();
      throw FileErrors.cannotWrite(
          folder.resolve(LOCK), "choose a folder on a file system that has locks", e);
    }
  }

  private void recover() {
    for (Path checkpoint : List.of(bestFolder(), lastFolder())) {
      AtomicFolder.recover(checkpoint);
      Checkpoint.requireReplaceable(checkpoint);
    }
  }

  private static void requireFree(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new InvalidInputException(folder + " exists and is no folder; choose another name");
    }
    List<String> names = FolderTree.names(folder);
    boolean ours = names.contains(LOCK);
    Optional<String> other =
        names.stream().filter(name -> !(ours && OURS.matcher(name).matches())).findFirst();
    if (other.isPresent()) {
      requireNoRun(folder);
      throw new InvalidInputException(
          folder
              + " is not empty (it has "
              + other.get()
              + ", which no run wrote); choose another folder");
    }
  }

  private static void requireNoRun(Path folder) {
    if (hasCheckpoint(folder)) {
      throw new InvalidInputException(
          folder + " already holds a run; continue it with --resume or choose another folder");
    }
  }

  private static boolean hasCheckpoint(Path folder) {
    return Stream.of(BEST, LAST).anyMatch(name -> isThere(folder.resolve(name)));
  }

  /** Where {@link Checkpoint#saveModel} puts the best model. */
  public Path bestFolder() {
    return folder.resolve(BEST);
  }

  /** Where {@link Checkpoint#saveState} puts the last state. */
  public Path lastFolder() {
    return folder.resolve(LAST);
  }

  /** The best model so far. */
  public Optional<Checkpoint> best() {
    return checkpoint(bestFolder());
  }

  /** The state to go on from. */
  public Optional<Checkpoint> last() {
    return checkpoint(lastFolder());
  }

  private static Optional<Checkpoint> checkpoint(Path place) {
    return isThere(place) ? Optional.of(Checkpoint.open(place)) : Optional.empty();
  }

  private static boolean isThere(Path place) {
    return Files.exists(AtomicFolder.current(place));
  }

  /** Writes {@code config.json}. */
  public void writeConfig(ObjectNode config) {
    AtomicFile.write(folder.resolve(CONFIG), config.toPrettyString() + "\n");
  }

  /**
   * Reads the {@code config.json} of a run, which may be in use.
   *
   * @throws InvalidInputException when there is none, or it is no JSON
   */
  public static JsonNode readConfig(Path folder) {
    Path file = folder.resolve(CONFIG);
    if (!RegularFile.isThere(file)) {
      throw new InvalidInputException(
          folder + " holds no run (it has no " + CONFIG + "); start one with 'mlora train'");
    }
    return StrictJson.read(file, MAX_MEBIBYTES, "run's configuration");
  }

  /** Adds a line to {@code metrics.jsonl}. */
  public void appendMetrics(ObjectNode line) {
    try {
      Files.writeString(
          folder.resolve(METRICS),
          line + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(folder.resolve(METRICS), "make room and go on with --resume", e);
    }
  }

  /**
   * Drops the lines after the first {@code epochs}, which a killed run was ahead of its state, and
   * what it left of one.
   */
  public void keepMetrics(int epochs) {
    Path file = folder.resolve(METRICS);
    if (!Files.exists(file)) {
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long end = endOfLines(file, epochs);
      channel.truncate(end);
      if (end > 0) {
        channel.write(ByteBuffer.wrap(new byte[] {'\n'}), end);
      }
      channel.force(true);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }

  /** Where the last whole line of these epochs ends; they may be more than memory holds. */
  private static long endOfLines(Path file, int epochs) throws IOException {
    long end = 0;
    try (JsonParser parser = StrictJson.parser(file)) {
      while (parser.nextToken() == JsonToken.START_OBJECT && skipLine(parser) <= epochs) {
        end = parser.currentLocation().getByteOffset();
      }
      return end;
    } catch (JsonProcessingException e) {
      return end; // of the line before a torn one
    }
  }

  /** Reads on to the end of a line, and gives its epoch. */
  private static int skipLine(JsonParser parser) throws IOException {
    int epoch = Integer.MAX_VALUE;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean found = parser.currentName().equals("epoch");
      parser.nextToken();
      epoch = found ? parser.getValueAsInt(epoch) : epoch;
      parser.skipChildren();
    }
    return epoch;
  }

  /** Releases the lock; a run that has no checkpoint yet leaves nothing behind. */
  @Override
  public void close() {
    try {
      if (!hasCheckpoint(folder)) {
        for (String name : List.of(CONFIG, METRICS, LOCK)) {
          Files.deleteIfExists(folder.resolve(name));
        }
        if (FolderTree.isEmpty(folder)) {
          Files.delete(folder);
        }
      }
      lockFile.close();
    } catch (IOException e) {
      throw FileErrors.cannotDelete(folder, e);
    }
  }
}
