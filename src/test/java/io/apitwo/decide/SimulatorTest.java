package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.decide.Simulation.Findings;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the limits promise, whatever goes wrong, over thousands of faults. {@code
 * -Dsimulator.windows=100000} runs more of them; a failure names the command that replays it.
 */
class SimulatorTest {
  private static final int WINDOWS = Integer.getInteger("simulator.windows", 1_000);
  private static final long FIRST_SEED = Long.getLong("simulator.seed", 1);

  static List<String> scenarios() {
    String one = System.getProperty("simulator.scenario");
    return Scenario.all().stream()
        .map(Scenario::name)
        .filter(name -> one == null || one.equals(name))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void no_fault_makes_more_pass_than_the_limits_allow(String name) {
    Scenario scenario = Scenario.named(name);
    boolean one = Long.getLong("simulator.seed") != null;
    long started = System.nanoTime();
    long decisions = 0;
    int windows = 0;
    for (long seed = FIRST_SEED; windows < WINDOWS && !(one && windows > 0); seed++) {
      Findings found = new Simulation(scenario, seed, Sabotage.NONE).run();
      assertThat(found.wrong()).as(replay(name, seed)).isEmpty();
      windows += found.windows();
      decisions += found.decisions();
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    System.out.printf(
        "simulator %s: %d fault windows, %d decisions, %.0f a second%n",
        name, windows, decisions, decisions / seconds);
  }

  private static String replay(String name, long seed) {
    return "replay: mvn test -Dtest=SimulatorTest -Dsimulator.trace=true -Dsimulator.scenario="
        + name
        + " -Dsimulator.seed="
        + seed;
  }

  @ParameterizedTest
  @CsvSource({"fixed-exact-deny", "fixed-strict-deny", "fixed-phased-deny"})
  void where_nobody_dies_at_most_a_hundredth_of_the_quota_is_refused_although_free(String name) {
    Set<Fault> gentle = EnumSet.of(Fault.HERD, Fault.SCALE_OUT, Fault.SCALE_IN, Fault.SKEW);
    long free = 0;
    long allowed = 0;
    for (long seed = 1; seed <= 20; seed++) {
      Scenario scenario = Scenario.named(name).with(gentle);
      Findings found = new Simulation(scenario, seed, Sabotage.NONE).run();
      assertThat(found.wrong()).as("seed " + seed).isEmpty();
      free += found.free();
      allowed += found.allowed();
    }
    System.out.printf("simulator %s: %d of %d refused although free%n", name, free, allowed);
    assertThat((double) free / allowed).isLessThanOrEqualTo(0.01);
  }

  @Test
  void a_seed_gives_the_same_run_each_time() {
    Scenario scenario = Scenario.named("fixed-exact-local");
    Findings one = new Simulation(scenario, 7, Sabotage.NONE).run();
    assertThat(new Simulation(scenario, 7, Sabotage.NONE).run()).isEqualTo(one);
    assertThat(new Simulation(scenario, 8, Sabotage.NONE).run()).isNotEqualTo(one);
  }

  @ParameterizedTest
  @CsvSource({
    "IGNORES_DEADLINES, fixed-strict-deny",
    "APPLIES_TWICE, fixed-strict-deny",
    "CREDITS_TWICE, fixed-exact-deny",
    "CHARGES_TWICE, fixed-exact-local",
  })
  void a_bug_would_be_found(Sabotage sabotage, String name) {
    boolean found = false;
    for (long seed = 1; seed <= 50 && !found; seed++) {
      found = !new Simulation(Scenario.named(name), seed, sabotage).run().wrong().isEmpty();
    }
    assertThat(found).isTrue();
  }
}
