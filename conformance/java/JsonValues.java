package tlc2.overrides;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tlc2.value.impl.BoolValue;
import tlc2.value.impl.IntValue;
import tlc2.value.impl.RecordValue;
import tlc2.value.impl.StringValue;
import tlc2.value.impl.TupleValue;
import tlc2.value.impl.Value;
import util.UniqueString;

/**
 * One line of JSON as a TLA+ value: objects are records, arrays are sequences. Fractions, exponents, integers
 * that TLC cannot hold, null and doubled keys are errors, never something near to what was written.
 */
final class JsonValues {
    private final String text;
    private final int line;
    private int at = 0;

    private JsonValues(final String text, final int line) {
        this.text = text;
        this.line = line;
    }

    static Value parse(final String text, final int line) {
        final JsonValues reader = new JsonValues(text, line);
        final Value value = reader.value();
        reader.space();
        if (reader.at != text.length()) {
            throw reader.error("something follows the value");
        }
        return value;
    }

    private Value value() {
        space();
        final char c = peek();
        switch (c) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return new StringValue(string());
            case 't':
                word("true");
                return BoolValue.ValTrue;
            case 'f':
                word("false");
                return BoolValue.ValFalse;
            case 'n':
                throw error("null has no place in a trace");
            default:
                return integer();
        }
    }

    private Value object() {
        final List<UniqueString> keys = new ArrayList<>();
        final List<Value> values = new ArrayList<>();
        final Set<String> seen = new HashSet<>();
        at++;
        space();
        if (peek() == '}') {
            at++;
            return new RecordValue(new UniqueString[0], new Value[0], false);
        }
        while (true) {
            space();
            final String key = string();
            if (!seen.add(key)) {
                throw error("the key " + key + " stands twice");
            }
            keys.add(UniqueString.uniqueStringOf(key));
            space();
            expect(':');
            values.add(value());
            space();
            if (peek() == ',') {
                at++;
                continue;
            }
            expect('}');
            return new RecordValue(keys.toArray(new UniqueString[0]), values.toArray(new Value[0]), false);
        }
    }

    private Value array() {
        final List<Value> values = new ArrayList<>();
        at++;
        space();
        if (peek() == ']') {
            at++;
            return new TupleValue(new Value[0]);
        }
        while (true) {
            values.add(value());
            space();
            if (peek() == ',') {
                at++;
                continue;
            }
            expect(']');
            return new TupleValue(values.toArray(new Value[0]));
        }
    }

    private Value integer() {
        final int from = at;
        if (peek() == '-') {
            at++;
        }
        while (at < text.length() && Character.isDigit(text.charAt(at))) {
            at++;
        }
        if (at < text.length() && ".eE".indexOf(text.charAt(at)) >= 0) {
            throw error("a number that is no integer");
        }
        try {
            return IntValue.gen(Integer.parseInt(text.substring(from, at)));
        } catch (final NumberFormatException e) {
            throw error("not an integer that TLC can hold");
        }
    }

    private String string() {
        expect('"');
        final int from = at;
        while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\') {
            at++;
        }
        if (at < text.length() && text.charAt(at) == '"') {
            return text.substring(from, at++);
        }
        final StringBuilder out = new StringBuilder(text.substring(from, at));
        while (true) {
            final char c = peek();
            at++;
            if (c == '"') {
                return out.toString();
            }
            out.append(c == '\\' ? escape() : c);
        }
    }

    private char escape() {
        final char c = peek();
        at++;
        switch (c) {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case '"':
            case '\\':
            case '/':
                return c;
            case 'u':
                if (at + 4 > text.length()) {
                    throw error("a torn escape");
                }
                at += 4;
                return (char) Integer.parseInt(text.substring(at - 4, at), 16);
            default:
                throw error("no such escape");
        }
    }

    private void word(final String word) {
        if (!text.startsWith(word, at)) {
            throw error("not a value");
        }
        at += word.length();
    }

    private void expect(final char c) {
        if (peek() != c) {
            throw error("'" + c + "' is missing");
        }
        at++;
    }

    private void space() {
        while (at < text.length() && text.charAt(at) <= ' ') {
            at++;
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw error("the line ends too early");
        }
        return text.charAt(at);
    }

    private RuntimeException error(final String what) {
        final String where = "merged trace, line " + line + ", column " + (at + 1);
        return new IllegalArgumentException(where + ": " + what);
    }
}
