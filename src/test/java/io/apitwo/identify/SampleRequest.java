package io.apitwo.identify;

import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Route;
import io.apitwo.rules.RulesDocument;
import java.nio.charset.StandardCharsets;

/** A request of a test, to {@code GET /tenants/acme} of example.com unless it says otherwise. */
record SampleRequest(
    String method, String path, String query, RequestHeaders headers, String content)
    implements Request {

  SampleRequest(RequestHeaders headers) {
    this("GET", "/tenants/acme", null, headers, null);
  }

  @Override
  public String host() {
    return "example.com";
  }

  @Override
  public byte[] body() {
    return content == null ? null : content.getBytes(StandardCharsets.UTF_8);
  }

  /** By a caller that proved nothing, at the route that has {@code {tenant}} in its path. */
  Parts parts(Caller caller) {
    return parts(caller, Credentials.NONE);
  }

  Parts parts(Caller caller, Credentials credentials) {
    return new Parts(this, ROUTE, caller, credentials);
  }

  private static final Route ROUTE = route();

  private static Route route() {
    String text =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: tenants, match: { path: "/tenants/{tenant}" }, upstream: echo }]
        """;
    try {
      return RulesDocument.parse("rules.yaml", text, name -> null).routes().get(0);
    } catch (InvalidDocumentException e) {
      throw new AssertionError(e);
    }
  }
}
