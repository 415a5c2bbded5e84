// Writes what the real Quartz does with several hundred expressions: see README.md beside this file.
// Usage: java … QuartzGolden valid|mutated SEED LINES

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.TimeZone;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.quartz.CronExpression;

public class QuartzGolden {
  static final String[] ZONES = {
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago",
    "Europe/Dublin", "Asia/Beirut", "Pacific/Chatham", "Asia/Kolkata", "UTC",
  };
  static final String[] MONTHS = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP",
    "OCT", "NOV", "DEC"};
  static final String[] WEEKDAYS = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
  static final int INSTANTS = 8;
  // Odd ones that chance rarely makes.
  static final String[] CHOSEN = {
    "0 30 2 * * ?", "0 */15 * * * ?", "0 0 0 * * ?", "0 0 2 * * ?", "0 15 2 * * ?", "0 45 1 * * ?",
    "0 0 3 * * ?", "0 0 0/1 * * ?", "0 0 0 L * ?", "0 0 0 LW * ?", "0 0 0 L-3 * ?", "0 0 0 L-3W * ?",
    "0 0 0 15W * ?", "0 0 0 1W * ?", "0 0 0 31W 1,3,5,7,8,10,12 ?", "0 0 0 28W 2 ?", "0 0 0 L-30 * ?",
    "0 0 0 ? * L", "0 0 0 ? * 6L", "0 0 0 ? * FRIL", "0 0 0 ? * 6#3", "0 0 0 ? * MON#1",
    "0 0 0 ? * 1#5", "0 0 0 29 2 ?", "0 0 0 29 2 ? 2096", "0 30 12 1 1 ? 2099", "0 0 0 31 * ?",
    "0 0 22-2 * * ?", "0 0 12 ? * FRI-MON", "0 0 12 25-5 * ?", "0 0 12 ? NOV-FEB MON",
    "0 55-5 * * * ?", "30 0/20 9-17 ? * MON-FRI", "0 /15 1 * * ?", "59 59 23 31 12 ?",
    "0 0 12 1/5 * ?", "0 0 12 ? 1/3 2#1", "0 0 12 ? * 2,4,6", "0 0 12 1,15 JAN,JUL ?",
    "0 0 0 1 1 ? */4", "0 0 0 1 1 ? 2030-2040/3", "15 10 3 L-1W FEB ?",
  };

  final Random random;

  QuartzGolden(long seed) {
    random = new Random(seed);
  }

  public static void main(String[] args) throws Exception {
    QuartzGolden golden = new QuartzGolden(Long.parseLong(args[1]));
    boolean mutated = args[0].equals("mutated");
    int lines = Integer.parseInt(args[2]);
    for (int i = 0; i < lines; ++i) {
      String text = !mutated && i < 2 * CHOSEN.length ? CHOSEN[i % CHOSEN.length] : golden.expression();
      if (mutated) text = golden.mutate(text);
      if (text.split(" +").length == 5) continue;  // a crontab now
      String line = golden.line(text);
      if (line != null && (mutated || !line.endsWith("refused"))) System.out.println(line);
    }
    System.exit(0);
  }

  // expression, zone, start, then the distances between the firings; or `refused`.
  String line(String text) throws Exception {
    String zone = ZONES[random.nextInt(ZONES.length)];
    long start = start(zone);
    CronExpression cron;
    try {
      cron = new CronExpression(text);
    } catch (Exception refused) {
      return text + "\t" + zone + "\t" + start + "\trefused";
    }
    cron.setTimeZone(TimeZone.getTimeZone(zone));
    ExecutorService once = Executors.newSingleThreadExecutor(task -> {
      Thread thread = new Thread(task);
      thread.setDaemon(true);
      return thread;
    });
    try {  // some expressions keep Quartz busy for ever
      return once.submit(() -> text + "\t" + zone + "\t" + start + "\t" + firings(cron, start))
          .get(5, TimeUnit.SECONDS);
    } catch (Exception broken) {
      return null;
    }
  }

  static String firings(CronExpression cron, long start) {
    List<String> distances = new ArrayList<>();
    long at = start;
    while (distances.size() < INSTANTS) {
      Date next = cron.getNextValidTimeAfter(new Date(at * 1000));
      if (next == null) {  // for want of years, or at Quartz's horizon, a hundred years from today?
        String[] fields = cron.getCronExpression().split(" +");
        boolean bounded = fields.length == 7 && !fields[6].matches(".*[*/].*");
        if (!bounded) throw new IllegalStateException("horizon");
        distances.add("never");
        break;
      }
      long then = next.getTime() / 1000;
      if (Instant.ofEpochSecond(then).atOffset(ZoneOffset.UTC).getYear() > 2105) break;
      distances.add(Long.toString(then - at));
      at = then;
    }
    return String.join(" ", distances);
  }

  // At about noon in Greenwich, when none of the zones repeats an hour; every second one within
  // three days before the clocks of the zone change; some after the year 2037.
  long start(String zone) {
    int year = random.nextInt(10) == 0 ? 2040 + random.nextInt(40) : 1996 + random.nextInt(30);
    Instant day = Instant.parse(year + "-01-01T12:00:00Z").plusSeconds(86400L * random.nextInt(365));
    if (random.nextBoolean()) {
      ZoneOffsetTransition change = ZoneId.of(zone).getRules().nextTransition(day);
      if (change != null) {
        long days = Math.floorDiv(change.toEpochSecond(), 86400L) - 1 - random.nextInt(3);
        day = Instant.ofEpochSecond(days * 86400 + 43200);
      }
    }
    return day.getEpochSecond() + random.nextInt(3000);
  }

  String expression() {
    boolean byWeekday = random.nextInt(5) < 2;
    String year = random.nextInt(8) == 0 ? " " + field(2000, 2060, null) : "";
    String second = random.nextInt(4) > 0 ? "0" : field(0, 59, null);
    return second + " " + field(0, 59, null) + " " + field(0, 23, null) + " "
        + (byWeekday ? "?" : dayOfMonth()) + " " + month() + " " + (byWeekday ? dayOfWeek() : "?") + year;
  }

  String month() {
    return random.nextInt(3) > 0 ? "*" : field(1, 12, MONTHS);
  }

  String dayOfMonth() {
    switch (random.nextInt(10)) {
      case 0: return "L";
      case 1: return "LW";
      case 2: return "L-" + (1 + random.nextInt(30));
      case 3: return "L-" + (1 + random.nextInt(20)) + "W";
      case 4: return (1 + random.nextInt(28)) + "W";  // it finds a 31W in some Novembers, too
      default: return field(1, 31, null);
    }
  }

  String dayOfWeek() {
    String day = value(1, 7, WEEKDAYS);
    switch (random.nextInt(6)) {
      case 0: return day + "L";
      case 1: return day + "#" + (1 + random.nextInt(5));
      default: return field(1, 7, WEEKDAYS);
    }
  }

  String value(int low, int high, String[] names) {
    int value = low + random.nextInt(high - low + 1);
    return names != null && random.nextBoolean() ? names[value - low] : Integer.toString(value);
  }

  String range(int low, int high, boolean wraps) {
    int a = low + random.nextInt(high - low + 1);
    int b = low + random.nextInt(high - low + 1);
    return a > b && !wraps ? b + "-" + a : a + "-" + b;
  }

  String field(int low, int high, String[] names) {
    int step = 1 + random.nextInt(Math.min(high - low, 59));
    boolean wraps = high < 2000 && random.nextInt(3) == 0;
    switch (random.nextInt(9)) {
      case 0: case 1: return "*";
      case 2: return "*/" + step;
      case 3: return (low + random.nextInt(high - low)) + "/" + step;
      case 4: return range(low, high, wraps);
      case 5: return range(low, high, wraps) + "/" + (1 + random.nextInt(4));
      case 6: {
        Supplier<String> any = () -> random.nextInt(3) == 0 ? range(low, high, false) : value(low, high, names);
        return any.get() + "," + any.get() + "," + any.get();
      }
      default: return value(low, high, names);
    }
  }

  // One or two characters changed, taken out or put in.
  String mutate(String text) {
    String letters = "0123456789*/?-,#LW MONJAN";
    StringBuilder changed = new StringBuilder(text);
    for (int i = 0; i <= random.nextInt(2); ++i) {
      int at = random.nextInt(changed.length());
      char letter = letters.charAt(random.nextInt(letters.length()));
      switch (random.nextInt(3)) {
        case 0: changed.setCharAt(at, letter); break;
        case 1: changed.insert(at, letter); break;
        default: changed.deleteCharAt(at);
      }
    }
    return changed.toString().trim();
  }
}
