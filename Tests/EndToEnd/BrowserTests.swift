import Foundation
import Testing

extension EndToEnd {
    /// What pages in a real browser can do to an agent on loopback that asks for no credential.
    @Suite struct BrowserTests {
        /// A page elsewhere in the browser's eyes; the resolver says that it is on this host.
        private static let foreign = "evil.example"

        /// The page's own script: a request of each kind that a page can make, with the outcome in what it asks of its own
        /// server last. What became of them is judged at the engine.
        private static func page(agent: Int, id: String, name: String) -> String {
            """
            <!doctype html><title>page</title><script>
            const agent = "127.0.0.1:\(agent)", base = "/containers/\(id)";
            const settle = (promise) => promise.then(() => "answered", () => "failed");
            const attach = () => new Promise((resolve) => {
                const socket = new WebSocket(`ws://${agent}${base}/attach/ws?stream=1&stdin=1&stdout=1`);
                socket.binaryType = "arraybuffer";
                socket.onopen = () => { socket.send("echo marker-$((20 + 22))\\n"); setTimeout(() => resolve("opened"), 1000); };
                socket.onerror = () => resolve("refused");
            });
            (async () => {
                await settle(fetch(`http://${agent}/version`, { mode: "no-cors" }));
                await settle(fetch(`http://${agent}${base}/rename?name=\(name)`, { method: "POST", mode: "no-cors" }));
                const socket = await attach();
                await fetch(`/done?socket=${socket}`);
            })();
            </script>
            """
        }

        /// - Parameter settings: the agent's.
        /// - Returns: what the page saw of its WebSocket, the container's name and log afterwards, and the agent's trail.
        private static func visit(
            _ settings: (_ origin: String) -> [String: String]
        ) async throws -> (socket: String, wasRenamed: Bool, log: String, trail: String) {
            try await Workbench.use { bench in
                let (name, id) = try await bench.shellContainer()
                let port = try FreePort.find()
                let folder = bench.file("pages")
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let page = Data(Self.page(agent: port, id: id, name: "\(name)-renamed").utf8)
                try page.write(to: URL(filePath: "\(folder)/index.html"))
                let site = try await Nginx.start(serving: folder, on: bench)
                let origin = "http://\(Self.foreign):\(site.port)"
                let trail = bench.file("trail")
                let base = ["BIND_ADDRESS": "127.0.0.1", "PORT": "\(port)", "AUDIT_LOG": trail]
                _ = try await bench.startStandard(base.merging(settings(origin)) { $1 })
                let browser = try bench.startBrowser("\(origin)/index.html")
                let socket = try await eventually("the page is done", details: { browser.errors }) {
                    site.program.output.firstMatch(of: #/GET /done\?socket=([a-z]+)/#).map { String($0.output.1) }
                }
                let names = try await bench.direct("ps", "--all", "--format", "{{.Names}}").lines
                let log = try await bench.direct("logs", id).output
                return (
                    socket, names.contains("\(name)-renamed"), log, try String(contentsOfFile: trail, encoding: .utf8)
                )
            }
        }

        @Test func aPageOfAnotherOriginReachesNothing() async throws {
            let seen = try await Self.visit { _ in [:] }
            #expect(seen.socket == "refused")
            #expect(!seen.wasRenamed)
            #expect(!seen.log.contains("marker-42"))
            // All three came to the agent, and none was let in.
            #expect(seen.trail.components(separatedBy: "foreign-page").count == 4, "\(seen.trail)")
        }

        /// The same page where the operator admits its origin: what the first test sees fail does work.
        @Test func anAdmittedPageReachesTheEngine() async throws {
            let seen = try await Self.visit { ["ALLOWED_ORIGINS": $0] }
            #expect(seen.socket == "opened")
            #expect(seen.wasRenamed)
            #expect(seen.log.contains("marker-42"))
        }

        /// After rebinding the page's own name is the agent's address, and its requests are of its own origin: only the name
        /// gives it away.
        @Test(arguments: [nil, "evil.example"])
        func aReboundNameIsRefused(allowed: String?) async throws {
            try await Workbench.use { bench in
                let port = try FreePort.find()
                var settings = ["BIND_ADDRESS": "127.0.0.1", "PORT": "\(port)"]
                settings["ALLOWED_HOSTS"] = allowed
                _ = try await bench.startStandard(settings)
                let page = try await bench.browserText("http://\(Self.foreign):\(port)/version")
                #expect(page.contains("ALLOWED_HOSTS") == (allowed == nil), "\(page)")
                #expect(page.contains("ApiVersion") == (allowed != nil), "\(page)")
            }
        }
    }
}

extension Workbench {
    /// Everything that is not loopback itself resolves to it.
    private static let resolver = "MAP *.example 127.0.0.1"

    private func browserWords(_ options: [String]) throws -> [String] {
        // The sandbox wants user namespaces, which a container that runs tests may not have; the pages are our own. Where
        // a browser asks people before pages may reach loopback, nobody is here to answer.
        [
            try Paths.installed("chromium-headless-shell"), "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--user-data-dir=\(self.file("browser"))", "--host-resolver-rules=\(Self.resolver)",
            "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
        ] + options
    }

    /// Opens a page and stays on it.
    fileprivate func startBrowser(_ address: String) throws -> Program {
        let words = try self.browserWords(["--remote-debugging-port=0", address])
        let leash = try Leash()
        let program = try self.start(
            Leash.shell,
            try Leash.words(words),
            environment: ["HOME": self.folder],
            input: leash.input
        )
        self.atEnd { leash.letGo() }
        return program
    }

    /// What a person who goes there reads.
    fileprivate func browserText(_ address: String) async throws -> String {
        let words = try self.browserWords(["--dump-dom", address])
        let leash = try Leash()
        defer { leash.letGo() }
        let outcome = try await self.run(
            Leash.shell,
            try Leash.words(words),
            environment: ["HOME": self.folder],
            input: leash.input
        )
        return outcome.output + outcome.errors
    }

    /// A container whose first process is a shell that waits for input.
    ///
    /// - Returns: its name, which the page may change, and its id.
    fileprivate func shellContainer() async throws -> (name: String, id: String) {
        let name = Self.unusedName
        self.atEnd { _ = try? await self.direct("rm", "--force", name, "\(name)-renamed") }
        let created = try await self.direct.run(
            ["run", "--detach", "--interactive", "--name", name, "--network", "none", Engine.image, "sh"]
        )
        try #require(created.status == 0, "\(created.errors)")
        return (name, try #require(created.lines.first))
    }
}

extension Nginx {
    /// Serves files, and writes each request to its output.
    fileprivate static func start(serving folder: String, on bench: Workbench) async throws -> Nginx {
        let port = try FreePort.find()
        let home = bench.file("nginx-\(port)")
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        let configuration = """
            daemon off; pid \(home)/pid; error_log stderr notice; worker_processes 1; user root;
            events { worker_connections 64; }
            http {
                access_log /dev/stdout;
                types { text/html html; }
                client_body_temp_path \(home)/body; proxy_temp_path \(home)/proxy;
                fastcgi_temp_path \(home)/f; uwsgi_temp_path \(home)/u; scgi_temp_path \(home)/s;
                server {
                    listen 127.0.0.1:\(port);
                    root \(folder);
                    location = /done { return 204; }
                }
            }
            """
        let file = try bench.write(Data(configuration.utf8), to: "nginx-\(port).conf")
        let program = try bench.start(try Paths.installed("nginx"), ["-p", home, "-e", "stderr", "-c", file])
        try await FreePort.waitUntilTaken(port)
        return Nginx(port: port, program: program)
    }
}
