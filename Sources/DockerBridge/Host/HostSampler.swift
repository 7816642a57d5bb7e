import Base
import Glibc
import NIOConcurrencyHelpers
package import NIOCore
import NIOPosix

/// Takes the host's figures, one sample after the other.
///
/// Concurrency: may be asked from anywhere, one sample at a time. `/proc` answers at once; a file system may not, so it is
/// asked on the pool of blocking threads, once at a time, and its figures are unknown while the answer is overdue.
package final class HostSampler: Sendable {
    /// Where the host's files are.
    package struct Settings: Equatable, Sendable {
        /// Where the host's `/proc` is.
        package var proc = "/proc"
        /// Set where that is not our own: an agent in a container sees only its own interfaces otherwise.
        package var isProcForeign = false
        /// Where the host's `/` is.
        package var root = ""
        /// Whether the file system is left alone.
        package var skipsDisk = false

        package init() {}
    }

    /// How long a sample waits for the file system.
    private static let diskPatience = TimeAmount.seconds(2)
    /// Where engines keep their data unless they say otherwise.
    private static let usualDataRoot = "/var/lib/docker"
    /// More than `/proc/net/dev` takes with a thousand interfaces.
    private static let fileLimit = 256 * 1024

    private struct Memory {
        var times: CPUTimes?
        /// The last answer.
        var disk: HostFigures.Disk?
        var isAskingDisk = false
        var dataRoot: String?
    }

    private let settings: Settings
    private let engine: EngineAPI
    private let eventLoop: any EventLoop
    private let memory = NIOLockedValueBox(Memory())

    /// - Parameter eventLoop: counts the time that a sample may take.
    package init(settings: Settings, engine: EngineAPI, eventLoop: any EventLoop) {
        self.settings = settings
        self.engine = engine
        self.eventLoop = eventLoop
    }

    package func sample() async -> HostFigures {
        var figures = HostFigures()
        let stat = self.read("stat")
        figures.cpuCores = CPUTimes.cores(parsing: stat)
        figures.cpuUsage = self.usage(CPUTimes(parsing: stat))
        figures.readMemory(self.read("meminfo"))
        figures.readNetwork(self.read(self.settings.isProcForeign ? "1/net/dev" : "net/dev"))
        figures.readUptime(self.read("uptime"))
        figures.disk = self.settings.skipsDisk ? .unknown("SKIP_DF_COLLECTION is set") : await self.disk()
        return figures
    }

    private func usage(_ times: CPUTimes?) -> Double {
        self.memory.withLockedValue { memory in
            defer { memory.times = times }
            guard let times, let earlier = memory.times else { return 0 }
            return times.usage(since: earlier)
        }
    }

    // MARK: Disk

    private func disk() async -> HostFigures.Disk {
        let path = self.settings.root + (await self.dataRoot())
        let isFree = self.memory.withLockedValue { memory in
            !exchange(&memory.isAskingDisk, with: true)
        }
        if isFree {
            let answered = self.eventLoop.makePromise(of: Void.self)
            NIOThreadPool.singleton.submit { state in
                let disk = state == .active ? Self.measure(path) : nil
                self.memory.withLockedValue { memory in
                    memory.disk = disk
                    memory.isAskingDisk = false
                }
                answered.succeed()
            }
            // Completing a promise twice does no harm.
            self.eventLoop.scheduleTask(in: Self.diskPatience) { answered.succeed() }
            try? await answered.futureResult.get()
        }
        let overdue = HostFigures.Disk.unknown(
            "the file system of '\(path)' has not answered for \(Self.diskPatience.nanoseconds / 1_000_000_000) s"
        )
        return self.memory.withLockedValue { $0.isAskingDisk ? overdue : $0.disk ?? overdue }
    }

    private static func measure(_ path: String) -> HostFigures.Disk {
        do throws(SystemFault) {
            return .measured(try DiskSpace.of(path))
        } catch {
            return .unknown("the file system of '\(path)' cannot be asked: \(error)")
        }
    }

    /// The engine says it once and does not move.
    private func dataRoot() async -> String {
        if let known = self.memory.withLockedValue({ $0.dataRoot }) { return known }
        guard let response = try? await self.engine.send("GET", "/info"), response.isSuccess,
            let root = JSONMember.text("DockerRootDir", of: response.body), root.hasPrefix("/")
        else { return Self.usualDataRoot }
        self.memory.withLockedValue { $0.dataRoot = root }
        return root
    }

    private func read(_ name: String) -> String {
        guard let file = fopen("\(self.settings.proc)/\(name)", "re") else { return "" }
        defer { fclose(file) }
        return String(unsafeUninitializedCapacity: Self.fileLimit) { fread($0.baseAddress, 1, Self.fileLimit, file) }
    }
}
