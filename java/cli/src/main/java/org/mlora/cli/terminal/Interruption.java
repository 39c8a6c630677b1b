package org.mlora.cli.terminal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ctrl-C and SIGTERM as a wish to stop: the work is given time to end cleanly, and the process
 * exits with its code; where it does not end in its time, with code 130.
 */
public final class Interruption {
  /** Exit code of a process that was asked to stop. */
  public static final int EXIT_CODE = 130;

  /** What the work needs when it is asked to stop. */
  public enum Ending {
    /** Nothing: the process ends at once. */
    NONE(0),
    /** To take back what is half-written. */
    CLEAN_UP(3),
    /** To finish its step and save it. */
    SAVE(600);

    private final int seconds;

    Ending(int seconds) {
      this.seconds = seconds;
    }
  }

  private final AtomicBoolean requested = new AtomicBoolean();
  private volatile Ending ending = Ending.NONE;
  private volatile Runnable stop = () -> {};
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile int code = EXIT_CODE;

  /**
   * Listens to the signals of this process.
   *
   * @param cutShort called where the process ends before the work does
   */
  public void listen(Runnable cutShort) {
    Thread hook = new Thread(() -> endWith(cutShort), "mlora-interruption");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      request(); // the signal came before
    }
  }

  private void endWith(Runnable cutShort) {
    if (finished.getCount() == 0) {
      return;
    }
    request();
    try {
      if (!ends()) {
        cutShort.run();
      }
    } finally {
      Runtime.getRuntime().halt(code);
    }
  }

  private boolean ends() {
    try {
      return finished.await(ending.seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Asks the work to stop. */
  public void request() {
    requested.set(true);
    stop.run();
  }

  /**
   * Work begins that saves itself when it is stopped.
   *
   * @param how stops it; may be called by another thread, or at once
   */
  public void saveBy(Runnable how) {
    needs(Ending.SAVE);
    stop = how;
    if (requested()) {
      how.run();
    }
  }

  /** Whether the work was asked to stop. */
  private boolean requested() {
    return requested.get();
  }

  /** Says what the work that follows needs when it is asked to stop. */
  public void needs(Ending what) {
    ending = what;
  }

  /**
   * Ends the work where it was asked to stop; called between its pieces.
   *
   * @throws InterruptedWorkException where it was
   */
  public void check() {
    if (requested()) {
      throw new InterruptedWorkException("interrupted");
    }
  }

  /** The work is over, and the process may exit with this code. */
  public void finished(int code) {
    this.code = code;
    finished.countDown();
  }
}
