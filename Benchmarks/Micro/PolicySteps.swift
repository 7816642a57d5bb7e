import NIOCore
import Policy

@testable import DockerBridge

/// What the policy of a host adds to a request.
extension Step {
    static func policy() -> [Step] { [self.presetRuling, self.ruleRuling] }

    private static func id(_ number: Int) -> String { String(repeating: "0", count: 60) + "\(1_000 + number)" }

    /// A policy without conditions: a bit test behind a lock.
    private static var presetRuling: Step {
        let keeper = PolicyKeeper(HostPolicy([.update], setting: "POLICY=update"), mode: .enforce, host: "h")
        return Step(name: "policy-preset", bytes: 0) {
            guard keeper.passesOutright(.containersRestart) else { fatalError("denied") }
        }
    }

    /// Fifty rules, of which the last one decides, and a container that is known among two hundred.
    private static var ruleRuling: Step {
        let rules = (0..<50).map { "allow containers.restart container=web-\($0)-*" }.joined(separator: "\n")
        guard let read = try? PolicyReader.read(Array(rules.utf8)) else { fatalError("no rules") }
        let keeper = PolicyKeeper(HostPolicy(read, from: .file("/p")), mode: .enforce, host: "h")
        for number in 0..<200 {
            let id = self.id(number)
            let entry = ContainerDirectory.Entry(
                id: id,
                name: "web-\(number % 50)-\(number)",
                labels: [:],
                image: "nginx:1"
            )
            keeper.directory.learn(id, entry, asked: keeper.directory.mark)
        }
        keeper.directory.looked(at: Set((0..<200).map(self.id)), follows: true)
        let target = "/containers/\(self.id(149))/restart"
        let route = EngineRoute(method: "POST", target: target)
        let now = NIODeadline.now()
        return Step(name: "policy-50-rules", bytes: 0) {
            let claims = RequestClaims(route, target: target, body: nil, identity: "controller")
            guard case .needs(let needs) = keeper.rule(on: claims) else { fatalError("decided") }
            var finder = FactFinder(claims, needs)
            finder.consult(keeper.directory, now: now)
            guard case .passes = keeper.rule(on: finder.claims) else { fatalError("denied") }
        }
    }
}
