import Base
import ContainerChecks
package import Policy

/// What this host allows, and what becomes of a request that it does not.
package struct PolicySettings: Sendable, Equatable {
    package var policy = HostPolicy([.all], setting: "POLICY=all")
    package var mode = PolicyMode.enforce
    /// Where requests are remembered with `POLICY_MODE=learn`.
    var seenPath: String?

    var isOfFile: Bool {
        if case .file = self.policy.source { return true }
        return false
    }

    /// Whether no update would get through `policy`: then no controller is invited to scan and update.
    func refusesUpdates(_ policy: HostPolicy) -> Bool {
        let needed = OperationSet([.imagesPull, .containersCreate])
        return self.mode == .enforce && !needed.intersection(policy.denied).isEmpty
    }

    /// In `STATE_DIR`.
    package static func seenPath(in folder: String) -> String { "\(folder)/policy-seen" }
}

extension PolicySettings {
    /// A sentence where what is allowed is enough to take over the host; `nil` otherwise, and where nothing is restricted.
    func takeover(admission: Admission.Mode) -> String? {
        guard admission != .deny, !self.policy.allowsEverything else { return nil }
        let owning = [Operation.containersCreate, .execCreate].filter { self.policy.outcomes($0) != .denied }
        guard !owning.isEmpty else { return nil }
        let names = owning.map(\.rawValue).joined(separator: " and ")
        return "\(names) can take over the host, because ADMISSION=deny is not set"
    }
}

extension PolicySettings {
    /// As the agent would read them from this environment.
    package static func ofEnvironment(_ environment: [String: String]) throws(AgentError) -> PolicySettings {
        var reader = EnvironmentReader(environment)
        let settings = PolicySettings(&reader, files: .real)
        guard reader.problems.isEmpty else { throw AgentError(settings: reader.problems) }
        return settings
    }

    /// `READ_ONLY=true` is another word for `POLICY=look`.
    init(_ reader: inout EnvironmentReader, files: HostFiles) {
        self.init()
        self.mode = reader.read(Settings.policyMode)
        self.seenPath = reader.read(Settings.stateDir).map { Self.seenPath(in: $0) }
        if self.mode == .learn, self.seenPath == nil {
            reader.problem(
                Settings.policyMode,
                "is 'learn', which needs STATE_DIR, the folder in which requests are remembered"
            )
        }
        let isReadOnly = reader.read(Settings.readOnly)
        let sources = [
            isReadOnly ? Settings.readOnly.name : nil, reader.read(Settings.policy).map { _ in Settings.policy.name },
            reader.read(Settings.policyFile).map { _ in Settings.policyFile.name },
        ].compactMap(\.self)
        guard sources.count < 2 else {
            reader.problem(
                sources.joined(separator: " and "),
                "each say what this host allows; set one of them, and write `allow look` in the file for READ_ONLY"
            )
            return
        }
        if let policy = Self.presets(&reader, isReadOnly: isReadOnly) ?? Self.policyFile(&reader, files) {
            self.policy = policy
        }
    }

    private static func presets(_ reader: inout EnvironmentReader, isReadOnly: Bool) -> HostPolicy? {
        if isReadOnly { return HostPolicy([.look], setting: "READ_ONLY=true") }
        guard let text = reader.read(Settings.policy) else { return nil }
        do throws(Preset.SettingFault) {
            return HostPolicy(try Preset.list(text), setting: "POLICY=\(text)")
        } catch {
            reader.problem(Settings.policy, "\(error)")
            return nil
        }
    }

    /// Every line that is wrong is a problem of its own.
    private static func policyFile(_ reader: inout EnvironmentReader, _ files: HostFiles) -> HostPolicy? {
        guard let path = reader.read(Settings.policyFile) else { return nil }
        let text: [UInt8]
        do {
            text = try files.policy(path)
        } catch {
            reader.problem(Settings.policyFile, "names '\(path)', which \(error)")
            return nil
        }
        do throws(PolicyFaults) {
            return HostPolicy(try PolicyReader.read(text), from: .file(path))
        } catch {
            for sentence in error.sentences { reader.problem(Settings.policyFile, "names '\(path)': \(sentence)") }
            return nil
        }
    }
}
