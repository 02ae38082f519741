package io.apitwo.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import io.apitwo.rules.Settings;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a member of a cluster is told, and what it takes from others. */
class HazelcastSetupTest {
  private final Config config = HazelcastSetup.of(cluster(null), "127.0.0.1");

  private static Settings.Cluster cluster(@Nullable String dns) {
    return new Settings.Cluster("c", "a secret", "127.0.0.1", 5701, 5702, List.of(), dns, null);
  }

  /** Something that nobody sends to be of use. */
  private record Gadget(String does) implements Serializable {}

  @Test
  void serialized_objects_of_other_classes_than_its_own_are_not_made() {
    InternalSerializationService members =
        new DefaultSerializationServiceBuilder().setConfig(config.getSerializationConfig()).build();
    try {
      var gadget = members.toData(new Gadget("harm"));
      assertThatThrownBy(() -> members.toObject(gadget))
          .isInstanceOf(HazelcastException.class)
          .hasStackTraceContaining("SecurityException");
      var failure = members.toData(new IllegalStateException("as members send them"));
      assertThatCode(() -> members.toObject(failure)).doesNotThrowAnyException();
      assertThat(members.<Object>toObject(members.toData(new ArrayList<>(List.of("a")))))
          .isEqualTo(List.of("a"));
    } finally {
      members.dispose();
    }
  }

  @Test
  void nothing_is_looked_for_and_nobody_is_called_but_who_is_named() {
    assertThat(config.getProperty("hazelcast.phone.home.enabled")).isEqualTo("false");
    var network = config.getNetworkConfig();
    assertThat(network.isPortAutoIncrement()).isFalse();
    assertThat(network.getJoin().getMulticastConfig().isEnabled()).isFalse();
    assertThat(network.getJoin().getAutoDetectionConfig().isEnabled()).isFalse();
    assertThat(network.getInterfaces().getInterfaces()).containsExactly("127.0.0.1");
  }

  @Test
  void members_of_a_name_are_asked_at_the_port_that_all_of_them_have() {
    var join = HazelcastSetup.of(cluster("apitwo.shop.svc"), null).getNetworkConfig().getJoin();
    assertThat(join.getTcpIpConfig().isEnabled()).isFalse();
    assertThat(join.getKubernetesConfig().isEnabled()).isTrue();
    assertThat(join.getKubernetesConfig().getProperties())
        .containsEntry("service-dns", "apitwo.shop.svc")
        .containsEntry("service-port", "5701");
  }
}
