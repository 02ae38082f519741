package io.apitwo.config;

import java.time.Instant;

/**
 * A document that was given a number, as it stands in the history.
 *
 * @param number from 1
 * @param sha256 of the text, in lower-case hex
 * @param actor who put it there
 * @param superseded whether it lost against another one of a partitioned cluster
 */
public record Entry(
    long number,
    String sha256,
    String source,
    String actor,
    Instant at,
    boolean superseded,
    String text) {}
