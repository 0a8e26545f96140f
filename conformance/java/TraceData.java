package tlc2.overrides;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tlc2.value.impl.IntValue;
import tlc2.value.impl.Value;

/**
 * EventAt(i) of conformance/TraceData.tla: line i + 1 of the merged trace that the system property
 * decree.trace names. Lines are parsed when they are asked for, and the last one is kept, since TLC asks
 * many times for the step under its cursor: memory stays flat.
 */
public final class TraceData {
    private static List<String> lines;
    private static int at = -1;
    private static Value value;

    private TraceData() {}

    @TLAPlusOperator(identifier = "EventAt", module = "TraceData", warn = false)
    public static synchronized Value eventAt(final IntValue index) throws IOException {
        if (lines == null) {
            lines = Files.readAllLines(Path.of(System.getProperty("decree.trace")), StandardCharsets.UTF_8);
        }
        if (index.val != at) {
            value = JsonValues.parse(lines.get(index.val), index.val + 1);
            at = index.val;
        }
        return value;
    }
}
