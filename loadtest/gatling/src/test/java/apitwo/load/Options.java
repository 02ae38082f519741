package apitwo.load;

/** What the command line says: {@code -Dusers=N -Dseconds=N}. */
final class Options {
  static int users(int otherwise) {
    return Integer.getInteger("users", otherwise);
  }

  static int seconds(int otherwise) {
    return Integer.getInteger("seconds", otherwise);
  }

  private Options() {}
}
