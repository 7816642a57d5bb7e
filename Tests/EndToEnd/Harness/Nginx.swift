import Foundation

/// A real nginx on a loopback port of its own, which ends TLS before a controller.
struct Nginx {
    let port: Int
    let program: Program

    static let isInstalled = Paths.isInstalled("nginx")

    /// - Parameters:
    ///   - upstream: the controller's port.
    ///   - clients: whose certificates clients must show; none are asked for without it.
    static func start(
        before upstream: String,
        _ certificate: Certificate,
        clients: Authority? = nil,
        on bench: Workbench
    ) async throws -> Nginx {
        let port = try FreePort.find()
        let folder = bench.file("nginx-\(port)")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let verification = clients.map { "ssl_client_certificate \"\($0.file)\"; ssl_verify_client on;" } ?? ""
        let configuration = """
            daemon off; pid \(folder)/pid; error_log stderr notice; worker_processes 1; user root;
            events { worker_connections 64; }
            http {
                access_log off;
                client_body_temp_path \(folder)/body; proxy_temp_path \(folder)/proxy;
                fastcgi_temp_path \(folder)/f; uwsgi_temp_path \(folder)/u; scgi_temp_path \(folder)/s;
                server {
                    listen 127.0.0.1:\(port) ssl;
                    ssl_certificate "\(certificate.file)"; ssl_certificate_key "\(certificate.keyFile)";
                    \(verification)
                    location / {
                        proxy_pass http://127.0.0.1:\(upstream);
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection "upgrade";
                    }
                }
            }
            """
        let file = try bench.write(Data(configuration.utf8), to: "nginx-\(port).conf")
        let program = try bench.start(
            try Paths.installed("nginx"),
            ["-p", folder, "-e", "stderr", "-c", file]
        )
        try await FreePort.waitUntilTaken(port)
        return Nginx(port: port, program: program)
    }

    /// Runs what `examples/` shows, with nothing changed but the ports and the certificate.
    static func start(
        example: String,
        before upstream: Int,
        _ certificate: Certificate,
        on bench: Workbench
    ) async throws -> Nginx {
        let port = try FreePort.find()
        let folder = bench.file("nginx-\(port)")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let shown = try String(contentsOfFile: Paths.example(example), encoding: .utf8)
            .replacing("127.0.0.1:3000", with: "127.0.0.1:\(upstream)")
            .replacing("listen 443", with: "listen 127.0.0.1:\(port)")
            .replacing("/etc/ssl/docker.example.crt", with: "\"\(certificate.file)\"")
            .replacing("/etc/ssl/docker.example.key", with: "\"\(certificate.keyFile)\"")
        let configuration = """
            daemon off; pid \(folder)/pid; error_log stderr notice; worker_processes 1; user root;
            events { worker_connections 64; }
            http {
                access_log off;
                client_body_temp_path \(folder)/body; proxy_temp_path \(folder)/proxy;
                fastcgi_temp_path \(folder)/f; uwsgi_temp_path \(folder)/u; scgi_temp_path \(folder)/s;
                \(shown)
            }
            """
        let file = try bench.write(Data(configuration.utf8), to: "nginx-\(port).conf")
        let program = try bench.start(try Paths.installed("nginx"), ["-p", folder, "-e", "stderr", "-c", file])
        try await FreePort.waitUntilTaken(port)
        return Nginx(port: port, program: program)
    }
}
