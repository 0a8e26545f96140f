package tlc2.overrides;

/** TLC asks this class, which must have this name, for the operators that Java evaluates. */
public class TLCOverrides implements ITLCOverrides {
    @SuppressWarnings("rawtypes")
    @Override
    public Class[] get() {
        return new Class[] {TraceData.class};
    }
}
