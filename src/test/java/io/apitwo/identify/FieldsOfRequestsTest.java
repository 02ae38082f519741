package io.apitwo.identify;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cookies, fields of queries and forms, fields of JSON: one value, or none. */
class FieldsOfRequestsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      nullValues = "-",
      value = {
        "sid=a                 @ a",
        "x=1; sid=a; y=2       @ a",
        "x=1;sid=a;y=2         @ a",
        "' sid = a '           @ a",
        "sid=a=b               @ a=b",
        "sid=\"a\"             @ \"a\"",
        "sid=                  @ ''",
        "sid                   @ -",
        "SID=a                 @ -",
        "xsid=a; sidx=b        @ -",
        "sid=a; sid=a          @ -",
        "=a; ;;                @ -",
        "a;b;c; sid=x          @ x",
        "''                    @ -",
      })
  void a_cookie_that_is_there_once(String line, String value) {
    assertThat(Cookies.only(List.of(line), "sid")).isEqualTo(value);
  }

  @Test
  void a_cookie_in_two_headers_is_none() {
    assertThat(Cookies.only(List.of("x=1", "sid=a"), "sid")).isEqualTo("a");
    assertThat(Cookies.only(List.of("sid=a", "sid=b"), "sid")).isNull();
    assertThat(Cookies.only(List.of(), "sid")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      nullValues = "-",
      value = {
        "k=a                 @ a",
        "x=1&k=a&y           @ a",
        "k=a=b               @ a=b",
        "k=a+b%2Bc           @ a b+c",
        "%6b=a               @ a",
        "k                   @ ''",
        "k=                  @ ''",
        "k=a&k=a             @ -",
        "k=a&%6B=a           @ -",
        "k=a&k               @ -",
        "K=a                 @ -",
        "k=%zz               @ -",
        "%zz=1&k=a           @ a",
        "&&&=&k=a            @ a",
        "kk=a                @ -",
        "''                  @ -",
        "k=%C3%A9            @ é",
      })
  void a_field_of_a_query_or_form_that_is_there_once(String fields, String value) {
    assertThat(FormFields.only(fields, "k")).isEqualTo(value);
  }

  @Test
  void no_query_has_no_fields() {
    assertThat(FormFields.only(null, "k")).isNull();
  }

  private static String json(String type, String body) {
    RequestHeaders headers =
        name -> name.equals("content-type") && type != null ? List.of(type) : List.of();
    return BodyFields.only(new SampleRequest("POST", "/tenants/a", null, headers, body), "k");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '\'',
      nullValues = "-",
      value = {
        "{\"k\":\"a\"}                    @ a",
        "{\"x\":{\"k\":1},\"k\":\"a\"}    @ a",
        "{\"k\":7}                        @ 7",
        "{\"k\":-0}                       @ 0",
        "{\"k\":true}                     @ true",
        "{\"k\":123456789012345678901234567890} @ 123456789012345678901234567890",
        "{\"k\":7.0}                      @ -",
        "{\"k\":70e-1}                    @ -",
        "{\"k\":null}                     @ -",
        "{\"k\":[\"a\"]}                  @ -",
        "{\"k\":\"a\",\"k\":\"a\"}        @ -",
        "{\"k\":\"a\",\"\\u006b\":\"b\"}  @ -",
        "{\"k\":\"a\"                     @ -",
        "{\"k\":\"a\"}{}                  @ -",
        "[\"k\"]                          @ -",
        "{\"k\":007}                      @ -",
        "{k:1}                            @ -",
        "''                               @ -",
      })
  void a_field_of_a_json_object_that_is_there_once(String body, String value) {
    assertThat(json("application/json", body)).isEqualTo(value);
  }

  @Test
  void only_what_says_that_it_is_json_or_a_form_is_looked_into() {
    assertThat(json("application/problem+json; charset=utf-8", "{\"k\":\"a\"}")).isEqualTo("a");
    assertThat(json("Application/X-WWW-Form-URLencoded ;x=y", "k=a")).isEqualTo("a");
    assertThat(json("text/json", "{\"k\":\"a\"}")).isNull();
    assertThat(json("", "k=a")).isNull();
    assertThat(json(null, "k=a")).isNull();
    assertThat(json("application/json", null)).isNull();
  }

  @Test
  void deep_nesting_is_no_harm() {
    String deep = "{\"x\":" + "[".repeat(8_000) + "]".repeat(8_000) + ",\"k\":\"a\"}";
    assertThat(json("application/json", deep)).isNull();
    String less = "{\"x\":" + "[".repeat(500) + "]".repeat(500) + ",\"k\":\"a\"}";
    assertThat(json("application/json", less)).isEqualTo("a");
  }

  @Property
  void reading_never_throws(@ForAll String text) {
    Cookies.only(List.of(text), "k");
    FormFields.only(text, "k");
    json("application/json", text);
    json("application/json", "{" + text);
    assertThat(text.getBytes(StandardCharsets.UTF_8)).isNotNull();
  }
}
