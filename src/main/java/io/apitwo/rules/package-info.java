/**
 * What do the documents say? Parsing and checking of the rules and the settings, and the immutable
 * values that they become.
 *
 * <p>In comes a YAML text; out comes a {@link io.apitwo.rules.Rules} snapshot or {@link
 * io.apitwo.rules.Settings}, or every problem that the text has, each with its file, line, column,
 * path, value and what was expected instead.
 */
@NullMarked
package io.apitwo.rules;

import org.jspecify.annotations.NullMarked;
