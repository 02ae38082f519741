package io.apitwo.rules;

import java.math.BigInteger;

/**
 * RSA keys that a faulty chip made (CVE-2017-15361), which can be factored: modulo each small prime
 * such a modulus is a power of 65537 (Nemec et al., "The Return of Coppersmith's Attack", section
 * 2.4). Another key looks like that once in 2^27 and more.
 */
final class RocaKeys {
  private static final int[] PRIMES = {
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167
  };
  private static final int GENERATOR = 65_537;

  private RocaKeys() {}

  static boolean contains(BigInteger modulus) {
    for (int prime : PRIMES) {
      if (!isPower(modulus.mod(BigInteger.valueOf(prime)).intValue(), prime)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPower(int rest, int prime) {
    int power = 1;
    do {
      if (power == rest) {
        return true;
      }
      power = power * (GENERATOR % prime) % prime;
    } while (power != 1 && power != 0);
    return false;
  }
}
