package io.apitwo.cli;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Parameters;

/** What is done to a single client, and what the nodes say to it. */
abstract class OrderCommand extends AdminCommand {
  @Parameters(paramLabel = "KEY", description = "The client key, as explain and top show it.")
  private String client = "";

  /** Asks for it. */
  abstract AdminClient.Reply send(AdminClient admin, String client) throws CommandFailedException;

  /** What has become of it, in a few words. */
  abstract String done(JsonObject answer);

  @Override
  final int run(AdminClient admin, boolean json) throws CommandFailedException {
    AdminClient.Reply reply = send(admin, client);
    if (json || !reply.ok()) {
      return new PushReport(out(), err(), json).print(client, reply);
    }
    JsonObject answer = reply.json("revision");
    out().println(client + ": " + done(answer));
    PushReport.nodes(answer).lines().forEach(out()::println);
    return 0;
  }
}
