package io.apitwo.identify;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Charge;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.IpAddress;
import io.apitwo.rules.Rules;
import io.apitwo.rules.RulesDocument;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which limits are whose, by what was proven of a request's sender. */
class AdmissionTest {
  private static final String LIMITS =
      """
      upstreams: { echo: { builtin: echo } }
      routes: [{ id: all, upstream: echo, limits: [default, trial] }]
      limits:
        default: { by: [{ claim: tenant.id }], missing: "401", windows: { day: 1 } }
        trial: { by: [address], windows: { day: 9 }, shadow: true }
      identity:
        jwt: { algorithms: [HS256], keys: [{ secretFile: pom.xml }] }
        apiKeysInRedis: true
      plans:
        named: { limits: { default: { by: [address], windows: { day: 2 } } } }
        tier:
          when: { claim: { tier: [pro, max] } }
          limits: { default: { by: [{ claim: tenant.id }], windows: { day: 3 } } }
        partner:
          when: { consumer: acme }
          limits: { default: { by: [{ constant: acme }], windows: { day: 4 } } }
      allow: [{ claim: { role: probe } }]
      deny: [{ consumer: mallory }]
      """;

  private static Admitted admitted(Map<String, Object> claims, String consumer, String plan) {
    try {
      Rules rules = RulesDocument.parse("rules.yaml", LIMITS, name -> null);
      Admission admission = new Admission(rules, rules.routes().get(0));
      Caller caller = Caller.of(IpAddress.parse("192.0.2.1"), 64, false);
      SampleRequest request = new SampleRequest(name -> List.of());
      return admission.of(request.parts(caller, new Credentials(claims, consumer, plan)));
    } catch (InvalidDocumentException e) {
      throw new AssertionError(e);
    }
  }

  /** The day's quota, and the client. */
  private static String charged(Admitted admitted) {
    Charge charge = ((Admitted.Limited) admitted).charge();
    var subject = charge.subjects().get(0);
    return subject.limit().quotas().get(0).amount() + " " + subject.client();
  }

  @Test
  void a_verified_claim_makes_the_plan_and_the_client() {
    Map<String, Object> tenant = Map.of("id", "t1");
    assertThat(charged(admitted(Map.of("tenant", tenant), null, null))).isEqualTo("1 t1");
    assertThat(charged(admitted(Map.of("tenant", tenant, "tier", "pro"), null, null)))
        .isEqualTo("3 t1");
    assertThat(charged(admitted(Map.of("tenant", tenant, "tier", "none"), null, null)))
        .isEqualTo("1 t1");
    assertThat(charged(admitted(Map.of("tenant", tenant, "tier", List.of("pro")), null, null)))
        .isEqualTo("1 t1"); // no text
  }

  @Test
  void the_plan_that_a_key_names_goes_before_those_that_fit() {
    Map<String, Object> pro = Map.of("tier", "pro", "tenant", Map.of("id", "t1"));
    assertThat(charged(admitted(pro, "acme", "named"))).isEqualTo("2 192.0.2.1");
    assertThat(charged(admitted(pro, "acme", null))).isEqualTo("3 t1"); // the first that fits
    assertThat(charged(admitted(pro, "acme", "unknown"))).isEqualTo("3 t1");
    assertThat(charged(admitted(Map.of(), "acme", null))).isEqualTo("4 acme");
  }

  @Test
  void who_proves_nothing_is_unidentified_where_a_limit_wants_to_know() {
    assertThat(admitted(Map.of(), null, null)).isInstanceOf(Admitted.Unidentified.class);
    assertThat(admitted(Map.of(), "else", null)).isInstanceOf(Admitted.Unidentified.class);
  }

  @Test
  void who_is_allowed_is_counted_in_shadow_alone_and_who_is_denied_not_at_all() {
    Admitted.Limited probe = (Admitted.Limited) admitted(Map.of("role", "probe"), null, null);
    assertThat(probe.charge()).isNull();
    assertThat(probe.shadows()).hasSize(1);
    assertThat(admitted(Map.of("role", "probe"), "mallory", null))
        .isInstanceOf(Admitted.Denied.class);
  }
}
