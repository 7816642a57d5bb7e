import ContainerChecks
import DockerBridge
import EdgeTunnel
import LocalServer
import Logging
import NIOCore
import NIOPosix
import Policy

/// `lookout doctor`: checks the settings and every hop between the engine and the controller. Changes nothing.
package enum Doctor {
    package static func checks(environment: [String: String]) async -> [Check] {
        let configuration: Configuration
        do throws(AgentError) {
            configuration = try Configuration(environment: environment, output: .other)
        } catch {
            // What concerns the engine can be looked at all the same.
            var reader = EnvironmentReader(environment)
            let engine = EngineAddress(&reader, environment: environment, files: .real)
            let problems = error.problems.map { Check.bad("configuration", $0) }
            guard let engine else { return problems }
            return problems + (await Self.engine(engine).checks)
        }
        var checks: [Check] = []
        let tunnel: TunnelSettings?
        switch configuration.mode {
        case .edge(let settings, _):
            checks.append(Self.configured(settings))
            tunnel = settings
        case .standard(let settings):
            checks.append(.good("configuration", "complete; standard mode, to listen at \(settings.listener.address)"))
            tunnel = nil
        }
        checks += Self.policy(configuration)
        let (engine, dispatcher) = await Self.engine(configuration.engine)
        checks += engine
        guard let dispatcher, let tunnel else { return checks }
        let probe = TunnelProbe(
            settings: tunnel,
            dispatcher: dispatcher,
            logger: Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
        )
        for controller in tunnel.controllers {
            let prefix = tunnel.controllers.count > 1 ? "\(controller) " : ""
            checks += await probe.walk(controller).map { step in
                step.fault.map { .bad(prefix + step.name, $0) }
                    ?? .good(prefix + step.name, step.detail.isEmpty ? "fine" : step.detail)
            }
        }
        return checks
    }

    private static func configured(_ tunnel: TunnelSettings) -> Check {
        let controllers = tunnel.controllers.map(\.description).joined(separator: ", ")
        return .good(
            "configuration",
            "complete; \(tunnel.agentName) dials \(controllers) with \(tunnel.privateKeyFile)"
        )
    }

    /// What the controller is kept from, and what owns the host all the same.
    static func policy(_ configuration: Configuration) -> [Check] {
        let settings = configuration.policy
        guard !settings.policy.allowsEverything else { return [] }
        let restrictions = PolicySummary(settings.policy).restrictions
        let mode = settings.mode == .enforce ? "" : "POLICY_MODE=\(settings.mode.rawValue), so nothing is refused; "
        var checks = [Check.good("policy", mode + restrictions)]
        if let warning = settings.takeover(admission: configuration.admission.mode) {
            checks.append(.good("policy", warning))
        }
        return checks
    }

    private static func engine(
        _ address: EngineAddress
    ) async -> (checks: [Check], dispatcher: NIOLoopBound<RequestDispatcher>?) {
        var checks: [Check] = []
        if case .unix(let path) = address.transport { checks.append(SocketCheck.check(path)) }
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        do {
            let dispatcher = try await RequestDispatcher.make(for: address, on: eventLoop)
            if checks.areGood { checks += await EngineCheck(engine: EngineAPI(dispatcher: dispatcher)).run() }
            return (checks, dispatcher)
        } catch {
            // Only files of an engine inside TLS are read before anything is dialled.
            let what = "the files in DOCKER_CERT_PATH (ca.pem, cert.pem, key.pem) cannot be used; the library says: "
            return (checks + [.bad("engine", what + "\(error)")], nil)
        }
    }
}
