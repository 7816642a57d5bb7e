import Foundation

/// A reverse proxy of the distribution, on a loopback port of its own before a controller.
enum ReverseProxy: String, CaseIterable, Sendable {
    case nginx, apache, haproxy, varnish

    static let installed = Self.allCases.filter { Paths.isInstalled($0.program) }

    private var program: String {
        switch self {
        case .nginx: "nginx"
        case .apache: "apache2"
        case .haproxy: "haproxy"
        case .varnish: "varnishd"
        }
    }

    /// - Parameter passesUpgrade: whether it is set up for what the tunnel begins with.
    /// - Returns: its port.
    func start(before upstream: String, passesUpgrade: Bool, on bench: Workbench) async throws -> Int {
        let port = try FreePort.find()
        let folder = bench.file("\(self.rawValue)-\(port)")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let configuration = self.configuration(port, upstream, passesUpgrade, folder)
        let file = try bench.write(Data(configuration.utf8), to: "\(self.rawValue)-\(port).conf")
        _ = try bench.start(try Paths.installed(self.program), self.arguments(port, file, folder))
        try await FreePort.waitUntilTaken(port)
        return port
    }

    private func arguments(_ port: Int, _ file: String, _ folder: String) -> [String] {
        switch self {
        case .nginx: ["-p", folder, "-e", "stderr", "-c", file]
        case .apache: ["-d", folder, "-f", file, "-D", "FOREGROUND"]
        case .haproxy: ["-db", "-f", file]
        case .varnish: ["-j", "none", "-F", "-f", file, "-a", "127.0.0.1:\(port)", "-n", folder, "-s", "malloc,16m"]
        }
    }

    private func configuration(_ port: Int, _ upstream: String, _ passes: Bool, _ folder: String) -> String {
        switch self {
        case .nginx: Self.nginx(port, upstream, passes, folder)
        case .apache: Self.apache(port, upstream, passes, folder)
        case .haproxy: Self.haproxy(port, upstream, passes)
        case .varnish: Self.varnish(upstream, passes)
        }
    }

    private static func nginx(_ port: Int, _ upstream: String, _ passes: Bool, _ folder: String) -> String {
        let upgrade = """
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            """
        return """
            daemon off; pid \(folder)/pid; error_log stderr notice; worker_processes 1; user root;
            events { worker_connections 64; }
            http {
                access_log off;
                client_body_temp_path \(folder)/body; proxy_temp_path \(folder)/proxy;
                fastcgi_temp_path \(folder)/f; uwsgi_temp_path \(folder)/u; scgi_temp_path \(folder)/s;
                server {
                    listen 127.0.0.1:\(port);
                    location / { proxy_pass http://127.0.0.1:\(upstream); \(passes ? upgrade : "") }
                }
            }
            """
    }

    private static func apache(_ port: Int, _ upstream: String, _ passes: Bool, _ folder: String) -> String {
        let modules = ["mpm_event", "authz_core", "proxy", "proxy_http"]
            .map { "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so" }
        return """
            \(modules.joined(separator: "\n"))
            ServerName localhost
            Listen 127.0.0.1:\(port)
            User nobody
            Group nogroup
            DefaultRuntimeDir \(folder)
            PidFile \(folder)/pid
            ErrorLog \(folder)/errors
            ProxyTimeout 600
            ProxyPass / http://127.0.0.1:\(upstream)/ \(passes ? "upgrade=websocket" : "")
            """
    }

    private static func haproxy(_ port: Int, _ upstream: String, _ passes: Bool) -> String {
        """
        defaults
            mode http
            timeout connect 5s
            timeout client 60s
            timeout server 60s
            timeout tunnel 1h
        frontend agents
            bind 127.0.0.1:\(port)
            default_backend controller
        backend controller
            \(passes ? "" : "http-request del-header upgrade")
            server one 127.0.0.1:\(upstream)

        """
    }

    private static func varnish(_ upstream: String, _ passes: Bool) -> String {
        let upgrade = """
            sub vcl_recv { if (req.http.upgrade ~ "(?i)websocket") { return (pipe); } }
            sub vcl_pipe {
                if (req.http.upgrade) {
                    set bereq.http.upgrade = req.http.upgrade;
                    set bereq.http.connection = req.http.connection;
                }
            }
            """
        return """
            vcl 4.1;
            backend controller { .host = "127.0.0.1"; .port = "\(upstream)"; }
            \(passes ? upgrade : "")
            """
    }
}
