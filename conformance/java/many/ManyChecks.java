import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Runs TLC again and again in one JVM. TLC keeps its state in static fields, so each run has a class loader
 * of its own, which makes it a first run; what they share is a JVM that is warm and the bytes of the classes.
 *
 * <p>Argument: the jar of TLC. Each line of the input is the arguments of one run, with a tab between them;
 * after what TLC prints comes the line {@code MARK CODE}, CODE being the exit code that tlc2.TLC would end
 * with.
 */
public final class ManyChecks {
    static final String MARK = "many-checks: ended";
    /** As -Xss: the parser and the evaluator nest deeply. */
    private static final long STACK = 16L << 20;

    private ManyChecks() {}

    public static void main(String[] args) throws Exception {
        final URL jar = new File(args[0]).toURI().toURL();
        final BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            final String[] arguments = line.split("\t");
            final int[] code = {1};
            final Thread thread = new Thread(null, () -> code[0] = run(jar, arguments), "check", STACK);
            thread.start();
            thread.join();
            System.out.flush();
            System.out.println(MARK + " " + code[0]);
            System.out.flush();
        }
        // Threads that a run has left behind must not keep the JVM alive.
        Runtime.getRuntime().halt(0);
    }

    /** What the main method of tlc2.TLC does, but for the exit. */
    private static int run(URL jar, String[] arguments) {
        try (Loader loader = new Loader(jar)) {
            Thread.currentThread().setContextClassLoader(loader);
            final Class<?> type = loader.loadClass("tlc2.TLC");
            final Object tlc = type.getConstructor().newInstance();
            final Method handle = type.getMethod("handleParameters", String[].class);
            if (!(boolean) handle.invoke(tlc, (Object) arguments)) {
                return 1;
            }
            final String file = new File((String) type.getMethod("getMainFile").invoke(tlc)).getParent();
            final Object resolver =
                loader.loadClass("util.SimpleFilenameToStream")
                    .getConstructor(String.class).newInstance(file);
            type.getMethod("setResolver", loader.loadClass("util.FilenameToStream")).invoke(tlc, resolver);
            final Object error = type.getMethod("process").invoke(tlc);
            return (int) loader.loadClass("tlc2.output.EC$ExitStatus")
                .getMethod("errorConstantToExitStatus", int.class)
                .invoke(null, error);
        } catch (InvocationTargetException e) {
            e.getCause().printStackTrace(System.out);
            return 1;
        } catch (ReflectiveOperationException | IOException e) {
            e.printStackTrace(System.out);
            return 1;
        }
    }

    private static final class Loader extends URLClassLoader {
        private static final Map<String, byte[]> READ = new HashMap<>();

        Loader(URL jar) {
            super(new URL[] {jar}, ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            final byte[] bytes;
            synchronized (READ) {
                bytes = READ.computeIfAbsent(name, this::read);
            }
            if (bytes == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, bytes, 0, bytes.length);
        }

        private byte[] read(String name) {
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                return in == null ? null : in.readAllBytes();
            } catch (IOException e) {
                return null;
            }
        }
    }
}
