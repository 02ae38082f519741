package io.apitwo.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The manifests of {@code k8s/} mean what the chart means with the values beside them. */
class KustomizeCheck {
  @ParameterizedTest
  @CsvSource({"base, base-values", "overlays/dev, dev-values", "overlays/prod, prod-values"})
  void it_agrees_with_the_chart(String folder, String values) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("template", "apitwo", "charts/apitwo", "--skip-tests", "-f"));
    arguments.add("k8s/base-values.yaml");
    arguments.addAll(List.of("-f", "k8s/" + values + ".yaml"));
    String chart = Tool.fetched("helm4/helm").run(arguments.toArray(String[]::new)).succeeded();
    String kustomized = Tool.fetched("helm4/kubectl").run("kustomize", "k8s/" + folder).succeeded();
    assertThat(Manifests.parse(kustomized).meaning()).isEqualTo(Manifests.parse(chart).meaning());
  }
}
