package io.apitwo.bus;

import java.util.List;

/**
 * The limiter's answers to some of the asks of one loop, of one batch or several. LOCAL, to the
 * loop that asked.
 */
public record Settled(List<Answer> answers) {}
