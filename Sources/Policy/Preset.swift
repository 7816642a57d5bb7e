import Base

/// A set of operations that belong together, by the name that rules and `POLICY` call it.
package enum Preset: String, Sendable, CaseIterable {
    /// Looks and changes nothing.
    case look
    /// Starts and stops the containers that are there.
    case operate
    /// What a controller needs to put a newer image in the place of a container's.
    case update
    /// Runs processes in containers.
    case exec
    /// Reads and writes the files of containers.
    case files
    /// Every operation, `unknown` included.
    case all

    package var operations: OperationSet {
        switch self {
        case .look: Self.looking
        case .operate: Self.operating
        case .update: Self.updating
        case .exec: Self.executing
        case .files: Self.filing
        case .all: .all
        }
    }

    private static let looking = OperationSet(named: "system")
        .union(
            OperationSet([
                .containersList, .containersInspect, .containersLogs, .containersStats, .containersTop,
                .containersChanges, .containersWait,
                .execInspect,
                .imagesList, .imagesInspect, .imagesHistory,
                .networksList, .networksInspect,
                .volumesList, .volumesInspect,
                .agentFindings, .agentMetrics,
            ])
        )

    private static let operating = Self.looking
        .union(
            OperationSet([
                .containersStart, .containersStop, .containersRestart, .containersKill, .containersPause,
                .containersUnpause, .containersRename, .containersResize,
            ])
        )

    private static let updating = Self.operating
        .union(
            OperationSet([
                .imagesPull, .imagesRemove, .imagesDistribution, .imagesTag,
                .containersCreate, .containersRemove, .containersUpdate,
                .networksConnect, .networksDisconnect,
            ])
        )

    private static let executing = OperationSet(named: "exec")
        .union(OperationSet([.containersAttach, .containersResize]))

    private static let filing = OperationSet([.containersArchiveRead, .containersArchiveWrite, .containersExport])
}

extension Preset {
    /// The one with the fewest operations that has `operation`; `nil` where only `all` has it.
    static func smallest(with operation: Operation) -> Preset? {
        Self.allCases.dropLast().filter { $0.operations.contains(operation) }
            .min { $0.operations.count < $1.operations.count }
    }

    /// `POLICY` for all of `presets`, without those that another one holds.
    static func setting(_ presets: [Preset]) -> String {
        Self.allCases.filter { preset in
            presets.contains(preset)
                && !presets.contains { $0 != preset && $0.operations.isSuperset(of: preset.operations) }
        }
        .map(\.rawValue).joined(separator: "+")
    }

    /// Reads the value of `POLICY`: presets joined by `+`.
    ///
    /// - Throws: what is wrong and what to write instead, as the end of a sentence that begins with the variable.
    package static func list(_ text: String) throws(SettingFault) -> [Preset] {
        guard text.utf8.count <= Self.longestSetting else {
            throw SettingFault("has \(text.utf8.count) bytes; name presets such as look, joined by +")
        }
        var presets: [Preset] = []
        for word in text.split(separator: "+", omittingEmptySubsequences: false) {
            let name = word.trimmingBlanks
            if let preset = Preset(rawValue: String(name)) {
                presets.append(preset)
                continue
            }
            let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
            if Operation(rawValue: String(name)) != nil || name.hasSuffix(".*") {
                throw SettingFault("is \(text.quoted); \(name.quoted) is not a preset, so write a rule in POLICY_FILE")
            }
            throw SettingFault("is \(text.quoted); \(name.quoted) is not a preset: use \(known), joined by +")
        }
        return presets
    }

    /// Why a value cannot be used.
    package struct SettingFault: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    private static let longestSetting = 200
}
