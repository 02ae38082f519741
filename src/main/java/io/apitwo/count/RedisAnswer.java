package io.apitwo.count;

/**
 * A script's answer.
 *
 * @param sentNanos the instant of the nano clock before the sending that brought it; a call that a
 *     server refused without doing anything may have been sent before
 */
record RedisAnswer(byte[] bytes, long sentNanos) {}
