import java.nio.file.Path;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import org.apache.solr.servlet.CoreContainerProvider;
import org.apache.solr.servlet.SolrDispatchFilter;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Apache Solr at http://127.0.0.1:PORT/solr; its arguments: the folder of the cores, the folder of the logs, PORT. */
public final class SolrMain {
  private static final int LONGEST_HEADER = 64 * 1024; // CKAN asks by long addresses

  public static void main(String[] arguments) throws Exception {
    String home = Path.of(arguments[0]).toAbsolutePath().toString();
    System.setProperty("solr.solr.home", home);
    System.setProperty("solr.install.dir", home);
    System.setProperty("solr.log.dir", Path.of(arguments[1]).toAbsolutePath().toString());

    Server server = new Server(new QueuedThreadPool(32, 4));
    server.addConnector(connector(server, Integer.parseInt(arguments[2])));
    ServletContextHandler context = new ServletContextHandler(server, "/solr", ServletContextHandler.SESSIONS);
    context.addEventListener(new CoreContainerProvider()); // loads the cores
    context.addFilter(SolrDispatchFilter.class, "/*", EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(new ServletHolder(new ServletHandler.Default404Servlet()), "/*");
    server.setStopAtShutdown(true); // the signal to end: commit and close the cores first
    server.start();
    server.join();
  }

  private static ServerConnector connector(Server server, int port) {
    HttpConfiguration http = new HttpConfiguration();
    http.setRequestHeaderSize(LONGEST_HEADER);
    http.setSendServerVersion(false);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    return connector;
  }
}
