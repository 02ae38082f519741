package peer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.gateway.filter.ratelimit.KeyResolver;
import org.springframework.context.annotation.Bean;
import reactor.core.publisher.Mono;

/** A gateway by configuration alone; Spring asks for code only to say who a client is. */
@SpringBootApplication
public class SpringGateway {

  public static void main(String[] arguments) {
    SpringApplication.run(SpringGateway.class, arguments);
  }

  @Bean
  KeyResolver apiKey() {
    return exchange -> Mono.justOrEmpty(exchange.getRequest().getHeaders().getFirst("X-Api-Key"));
  }
}
