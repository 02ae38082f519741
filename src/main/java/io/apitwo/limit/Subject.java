package io.apitwo.limit;

/**
 * One limit as it applies to one client: the owner of one bucket for each window of the limit.
 *
 * @param client the client key: printable, bounded, and different for different clients
 */
public record Subject(Limit limit, String client) {}
