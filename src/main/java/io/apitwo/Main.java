package io.apitwo;

/** x */
public final class Main {
  private Main() {}

  /** x */
  public static void main(String[] a) {
    System.out.println("hi");
  }
}
