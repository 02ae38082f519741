package io.apitwo.rules;

import io.apitwo.rules.Identity.Jwt;
import io.apitwo.rules.Identity.TokenKey;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads which tokens are accepted, and the key files that it names. */
final class JwtReader {
  /** Without {@code none}. */
  private static final List<String> ALGORITHMS =
      Stream.of(TokenAlgorithm.values()).map(Enum::name).toList();

  private static final int MOST_KEY_BYTES = 1 << 16;
  private static final int LEAST_SECRET_BYTES = 32;
  private static final Duration MOST_LEEWAY = Duration.ofMinutes(1);
  private static final String KEYS = "a list of at least one key";
  private static final String A_KEY =
      "one of {pem: FILE}, {secretFile: FILE}, {jwks: https://HOST/PATH}";
  private static final String A_PEM = "a readable file with a PUBLIC KEY or CERTIFICATE in PEM";
  private static final String A_SECRET =
      "a readable file of at least " + LEAST_SECRET_BYTES + " bytes";
  private static final String A_URL = "an https URL, or an http one of this machine";
  private static final String A_CLAIM = "a text of 1 to 256 characters";

  private final Set<TokenAlgorithm> algorithms;
  private final Map<KeyKind, Set<String>> kids = new EnumMap<>(KeyKind.class);
  private final Set<KeyKind> nameless = new HashSet<>();

  private JwtReader(Set<String> algorithms) {
    this.algorithms = new TreeSet<>(algorithms.stream().map(TokenAlgorithm::valueOf).toList());
  }

  /** Null where no token is accepted. */
  static @Nullable Jwt read(Field field) {
    Fields fields = field.fields("a mapping with keys");
    if (fields == null) {
      return null;
    }
    List<Field> items = fields.at("keys").required(KEYS).someItems(KEYS);
    Set<String> algorithms = algorithms(fields.at("algorithms"));
    List<TokenKey> keys = new JwtReader(algorithms).keys(items);
    String issuer = fields.at("issuer").text(JwtReader::claim, A_CLAIM);
    Set<String> audience = audience(fields.at("audience"));
    Duration leeway =
        fields.at("leeway").duration(Duration.ZERO, MOST_LEEWAY, Duration.ofSeconds(5));
    fields.end();
    return keys.isEmpty() ? null : new Jwt(keys, algorithms, issuer, audience, leeway);
  }

  /** They have to be asked for by name: a secret must not pass for a public key. */
  private static Set<String> algorithms(Field list) {
    String expected = "a list of " + String.join(", ", ALGORITHMS);
    Set<String> algorithms = new LinkedHashSet<>();
    for (Field item : list.required(expected).someItems(expected)) {
      String name = item.word(text -> ALGORITHMS.contains(text) ? text : null, expected);
      if (name != null && !algorithms.add(name)) {
        item.refuse("each algorithm once");
      }
    }
    return algorithms;
  }

  private static @Nullable String claim(String text) {
    return text.isEmpty() || text.length() > 256 ? null : text;
  }

  private static Set<String> audience(Field field) {
    Set<String> audience = new LinkedHashSet<>();
    for (Field item : field.itemOrItems()) {
      String name = item.text(JwtReader::claim, A_CLAIM);
      if (name != null) {
        audience.add(name);
      }
    }
    return audience;
  }

  private List<TokenKey> keys(List<Field> items) {
    List<TokenKey> keys = new ArrayList<>();
    for (Field item : items) {
      TokenKey key = key(item);
      if (key != null) {
        keys.add(key);
      }
    }
    return keys;
  }

  private @Nullable TokenKey key(Field item) {
    Fields fields = item.fields(A_KEY);
    if (fields == null) {
      return null;
    }
    Field pem = fields.at("pem");
    Field secret = fields.at("secretFile");
    Field jwks = fields.at("jwks");
    Field kidField = fields.at("kid");
    fields.end();
    int given = (pem.given() ? 1 : 0) + (secret.given() ? 1 : 0) + (jwks.given() ? 1 : 0);
    if (given != 1) {
      if (!fields.isUnknown()) {
        item.refuse(A_KEY);
      }
      return null;
    }
    String kid = kidField.text(JwtReader::claim, A_CLAIM);
    if (jwks.given()) {
      if (kidField.given()) {
        kidField.refuse("a kid with pem or secretFile alone: a set names its own");
      }
      return jwks.text(JwtReader::jwks, A_URL);
    }
    return pem.given() ? pem(pem, kidField, kid) : secret(secret, kidField, kid);
  }

  private @Nullable TokenKey pem(Field file, Field kidField, @Nullable String kid) {
    String text = file.text(path -> readable(content(path)), A_PEM);
    KeyKind kind = text == null ? null : KeyKind.of(PublicKeys.read(text));
    if (text == null || kind == null) {
      return null;
    }
    check(file, kind);
    name(kidField, kind, kid);
    return new TokenKey.Pem(text, kid);
  }

  private static @Nullable String readable(@Nullable String pem) {
    return pem != null && PublicKeys.isReadable(pem) ? pem : null;
  }

  private @Nullable TokenKey secret(Field file, Field kidField, @Nullable String kid) {
    String text = file.text(path -> longEnough(content(path)), A_SECRET);
    if (text == null) {
      return null;
    }
    check(file, KeyKind.SECRET);
    for (TokenAlgorithm algorithm : algorithms) {
      int least = algorithm.signatureBytes();
      if (algorithm.kind() == KeyKind.SECRET && bytes(text) < least) {
        file.refuse("a secret of at least " + least + " bytes for " + algorithm);
      }
    }
    name(kidField, KeyKind.SECRET, kid);
    return new TokenKey.Secret(text, kid);
  }

  private static @Nullable String longEnough(@Nullable String secret) {
    return secret != null && bytes(secret.strip()) >= LEAST_SECRET_BYTES ? secret.strip() : null;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private void check(Field file, KeyKind kind) {
    boolean useless = algorithms.stream().noneMatch(each -> each.kind() == kind);
    if (useless && !algorithms.isEmpty()) {
      file.refuse(
          "a key for one of the algorithms "
              + String.join(", ", algorithms.stream().map(Enum::name).toList()));
    }
  }

  /** Of several keys of one kind a token has to say which one it was signed with. */
  private void name(Field field, KeyKind kind, @Nullable String kid) {
    Set<String> known = kids.get(kind);
    boolean first = known == null && !nameless.contains(kind);
    if (kid == null) {
      nameless.add(kind);
    }
    Set<String> all = kids.computeIfAbsent(kind, each -> new HashSet<>());
    if (!first && (kid == null || nameless.contains(kind))) {
      field.refuse("a kid for each of several keys of one kind");
    } else if (kid != null && !all.add(kid)) {
      field.refuse("each kid once");
    }
  }

  private static @Nullable String content(String file) {
    Path path = Syntax.path(file);
    try {
      return path != null && Files.isRegularFile(path) && Files.size(path) <= MOST_KEY_BYTES
          ? Files.readString(path)
          : null;
    } catch (IOException e) {
      return null; // as for any other file that cannot be used
    }
  }

  private static @Nullable TokenKey jwks(String text) {
    try {
      URI url = new URI(text);
      String host = url.getHost();
      boolean local = "127.0.0.1".equals(host) || "localhost".equals(host) || "[::1]".equals(host);
      boolean safe = "https".equals(url.getScheme()) || ("http".equals(url.getScheme()) && local);
      boolean plain = host != null && url.getUserInfo() == null && url.getFragment() == null;
      return safe && plain ? new TokenKey.Jwks(url) : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }
}
