import DockerBridge

/// Recognises a request without a credential that may come from `docker build`.
///
/// BuildKit's command line (buildx) makes a client of its own for the engine and gives it none of the `HttpHeaders` of
/// `config.json`. So the token that every other command sends is missing, and the person who builds sees only the 401.
enum BuildKitClient {
    /// For the log.
    static let advice =
        "if this is docker build: BuildKit does not send the HttpHeaders of config.json; build with DOCKER_BUILDKIT=0, over a "
        + "Unix socket or with a client certificate (docs/standard.md, Builds)"

    static func mayHaveSent(_ head: RequestHead) -> Bool {
        if head.engineRoute.isOfBuildKit { return true }
        let agent = head.headers.first { $0.name.lowercased() == "user-agent" }?.value.lowercased() ?? ""
        // Docker's own command line gives its name; the client that buildx makes does not.
        return agent.hasPrefix("buildx/") || head.engineRoute.isGreeting && agent.hasPrefix("go-http-client/")
    }
}
