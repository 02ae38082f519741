package io.apitwo.rules;

import io.apitwo.rules.Settings.Cluster;
import io.apitwo.rules.Settings.ClusterTls;
import io.apitwo.rules.Settings.Endpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads where the other gateways are. */
final class ClusterReader {
  private static final String SECRET = "16 to 512 printable ASCII characters, alike on all nodes";
  private static final Pattern SECRET_FORM = Pattern.compile("[ -~]{16,512}");
  private static final String MEMBER =
      "HOST or HOST:PORT, with [ ] around an IPv6 address before a port";
  private static final String DNS = "a DNS name whose addresses are the members'";
  private static final String FILES = "cert, key and caFile together";
  private static final int MOST_PORT = 65_535;

  private ClusterReader() {}

  static @Nullable Cluster read(Fields fields) {
    boolean enabled = fields.at("enabled").flag(false);
    String name = fields.at("name").word(Syntax::name, Syntax.A_NAME);
    Field secretField = fields.at("secret").secret();
    Field hostField = fields.at("host");
    int port = (int) fields.at("port").integer(1, MOST_PORT, 5701);
    Field busPortField = fields.at("busPort");
    int busPort = (int) busPortField.integer(1, MOST_PORT, 15701);
    List<Endpoint> members = members(fields.at("members"), port);
    Field dnsField = fields.at("dns");
    ClusterTls tls = tls(fields.section("tls"));
    fields.end();
    if (port == busPort) {
      busPortField.refuse(Integer.toString(busPort), "another port than cluster.port");
    }
    if (dnsField.given() && !members.isEmpty()) {
      dnsField.refuse("either members or a DNS name");
    }
    String secret =
        (enabled ? secretField.required(SECRET) : secretField)
            .text(text -> SECRET_FORM.matcher(text).matches() ? text : null, SECRET);
    String host = host(hostField);
    String dns = dnsField.text(text -> Syntax.isHostName(text) ? text : null, DNS);
    return enabled
        ? new Cluster(
            name == null ? "apitwo" : name,
            secret == null ? "" : secret,
            host,
            port,
            busPort,
            members,
            dns,
            tls)
        : null;
  }

  /** The others must know whom to call, so "all addresses" is none. */
  private static @Nullable String host(Field field) {
    return field.text(
        text -> {
          String host = Syntax.host(text);
          return host == null || ListenAddress.isAll(host) ? null : host;
        },
        "an address of this machine that the other nodes reach");
  }

  private static List<Endpoint> members(Field list, int port) {
    List<Endpoint> members = new ArrayList<>();
    for (Field item : list.items("a list of HOST or HOST:PORT")) {
      Endpoint member = item.text(text -> Syntax.endpoint(text, port), MEMBER);
      if (member != null) {
        members.add(member);
      }
    }
    return members;
  }

  private static @Nullable ClusterTls tls(Fields fields) {
    List<Field> all = List.of(fields.at("cert"), fields.at("key"), fields.at("caFile"));
    fields.end();
    if (all.stream().noneMatch(Field::given)) {
      return null;
    }
    List<@Nullable Path> paths = new ArrayList<>();
    all.forEach(field -> paths.add(field.required(FILES).text(Syntax::path, "the path of a file")));
    Path cert = paths.get(0);
    Path key = paths.get(1);
    Path caFile = paths.get(2);
    return cert == null || key == null || caFile == null ? null : new ClusterTls(cert, key, caFile);
  }
}
