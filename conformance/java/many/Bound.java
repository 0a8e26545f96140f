import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.rmi.server.RMISocketFactory;
import java.util.Arrays;

/**
 * Runs a class whose RMI listens on the address of {@code java.rmi.server.hostname} alone, where it would
 * listen on every address of the machine. Arguments: the class, and its arguments.
 */
public final class Bound {
    private Bound() {}

    public static void main(String[] args) throws Throwable {
        final InetAddress address = InetAddress.getByName(System.getProperty("java.rmi.server.hostname"));
        RMISocketFactory.setSocketFactory(
            new RMISocketFactory() {
                @Override
                public Socket createSocket(String host, int port) throws IOException {
                    return new Socket(host, port);
                }

                @Override
                public ServerSocket createServerSocket(int port) throws IOException {
                    return new ServerSocket(port, 50, address);
                }
            });
        try {
            Class.forName(args[0])
                .getMethod("main", String[].class)
                .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
