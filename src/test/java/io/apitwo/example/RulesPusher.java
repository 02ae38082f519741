package io.apitwo.example;

import com.hazelcast.config.Config;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/** A Vert.x program that joins the gateways' cluster and pushes rules. */
public final class RulesPusher {
  private RulesPusher() {}

  // docs: join
  public static Future<Vertx> join(String clusterName, String member) {
    Config config = ConfigUtil.loadConfig().setClusterName(clusterName);
    config.setProperty("hazelcast.partition.count", "71"); // as the gateways have it
    config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true).addMember(member);
    return Vertx.builder().withClusterManager(new HazelcastClusterManager(config)).buildClustered();
  }

  // docs: push
  public static Future<JsonObject> push(Vertx vertx, String token, String rules) {
    JsonObject push = new JsonObject().put("token", token).put("rules", rules);
    return vertx.eventBus().<JsonObject>request("apitwo.rules.push", push).map(Message::body);
  }
  // docs: end
}
