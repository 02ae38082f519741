package io.apitwo.identify;

import java.util.List;

/** The headers of one request, as its caller sent them. */
@FunctionalInterface
public interface RequestHeaders {
  /** The values of all lines of that name in their order; empty without one. Any case will do. */
  List<String> values(String name);
}
