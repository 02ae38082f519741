/**
 * Which rules are in force? The revisions of the rules on this node, and how a change of the file
 * becomes one.
 *
 * <p>In come texts, from the rules file; out comes {@link io.apitwo.config.ActiveRules}, which
 * holds the newest text that compiled. A text that does not compile changes nothing.
 */
@NullMarked
package io.apitwo.config;

import org.jspecify.annotations.NullMarked;
