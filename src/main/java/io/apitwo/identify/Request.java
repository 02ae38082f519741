package io.apitwo.identify;

import org.jspecify.annotations.Nullable;

/** What identification looks at of one request, whether it came by a socket or as a sample. */
public interface Request {
  /** In upper case. */
  String method();

  /** In lower case, without a port. */
  String host();

  /** Canonical, without path parameters. */
  String path();

  /** As the client wrote it; null without a question mark. */
  @Nullable String query();

  RequestHeaders headers();

  /** The whole body, if it was small enough to be kept; null else. */
  byte @Nullable [] body();
}
