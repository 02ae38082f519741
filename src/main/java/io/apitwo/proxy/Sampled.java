package io.apitwo.proxy;

import io.apitwo.identify.Request;
import io.apitwo.identify.RequestHeaders;
import io.apitwo.rules.Sample;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A request that was never sent, as identification looks at it. */
record Sampled(Sample sample, RequestTarget.Accepted target) implements Request {
  @Override
  public String method() {
    return sample.method();
  }

  @Override
  public String host() {
    return target.host();
  }

  @Override
  public String path() {
    return target.matchPath();
  }

  @Override
  public @Nullable String query() {
    return target.query();
  }

  @Override
  public RequestHeaders headers() {
    return name -> sample.headers().getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  @Override
  public byte @Nullable [] body() {
    return sample.body() == null ? null : sample.body().getBytes(StandardCharsets.UTF_8);
  }
}
