import Foundation
import Support
import Testing

@testable import DockerBridge

/// Programs of our own stand where the real ones would, because they must hang, shout and fail.
@Suite(.timeLimit(.minutes(1))) struct ComposeServiceTests {
    private final class Bench: Sendable {
        let folder = "/tmp/lookout-compose-\(UUID().uuidString.prefix(8))"

        /// - Parameter docker: a shell script; `compose version` is answered before it.
        init(docker: String) throws {
            try FileManager.default.createDirectory(atPath: "\(self.folder)/bin", withIntermediateDirectories: true)
            let script = "#!/bin/sh\n[ \"$*\" = 'compose version' ] && exit 0\n\(docker)\n"
            try script.write(toFile: "\(self.folder)/bin/docker", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755],
                ofItemAtPath: "\(self.folder)/bin/docker"
            )
        }

        deinit { try? FileManager.default.removeItem(atPath: self.folder) }

        func service(limit: Duration = .seconds(1800)) -> ComposeService {
            var settings = ComposeService.Settings()
            settings.stacksFolder = "\(self.folder)/stacks"
            settings.environment = ["PATH": "\(self.folder)/bin:/usr/bin:/bin", "FOLDER": self.folder]
            settings.limit = limit
            return ComposeService(settings) { "1.43" }
        }

        /// The number in the file `child`, once all of its line is there.
        var child: String? {
            guard let text = try? self.text("child"), text.hasSuffix("\n") else { return nil }
            return String(text.dropLast())
        }

        func text(_ name: String) throws -> String {
            try String(contentsOfFile: "\(self.folder)/\(name)", encoding: .utf8)
        }
    }

    private static func operation(_ name: String = "up", _ stack: String = "web") -> ComposeOperation {
        var operation = ComposeOperation(name: name, stackName: stack)
        operation.files = ["compose.yaml": Array("x".utf8)]
        return operation
    }

    @Test func theCommandHasAllThatWasAskedForAndACleanEnvironment() async throws {
        let bench = try Bench(
            docker: "echo \"$@\" > $FOLDER/arguments; env | sort > $FOLDER/env; pwd > $FOLDER/pwd; echo ok"
        )
        var operation = Self.operation()
        operation.builds = true
        operation.forcesRecreate = true
        operation.leavesDependencies = true
        operation.services = ["a", "b"]
        operation.variables = ["B": "2", "A": "1 1"]
        #expect(try await bench.service().perform(operation) == "ok\n")
        let stack = "\(bench.folder)/stacks/web"
        #expect(
            try bench.text("arguments")
                == "compose --project-directory \(stack) --env-file \(stack)/.env.drydock up -d "
                + "--remove-orphans --build --force-recreate --no-deps a b\n"
        )
        #expect(try bench.text("stacks/web/.env.drydock") == "A=1 1\nB=2\n")
        #expect(try bench.text("pwd") == stack + "\n")
        let names = try bench.text("env").split(separator: "\n").map { String($0.prefix { $0 != "=" }) }
        #expect(
            Set(names).subtracting(["_", "PWD", "OLDPWD", "SHLVL"]) == [
                "DOCKER_API_VERSION", "FOLDER", "LOOKOUT_COMPOSE_CALL", "PATH",
            ]
        )
    }

    @Test func aFailureKeepsWhatWasSaid() async throws {
        let bench = try Bench(docker: "echo out; echo err >&2; exit 7")
        let failure = await #expect(throws: ComposeFailure.self) { try await bench.service().perform(Self.operation()) }
        #expect(failure == ComposeFailure("exit status 7", output: "out\n\nerr\n"))
    }

    @Test func withoutAProgramTheReasonSaysWhatToInstall() async throws {
        var settings = ComposeService.Settings()
        settings.stacksFolder = "/tmp/lookout-none-\(UUID().uuidString.prefix(8))"
        settings.environment = ["PATH": "/nonexistent"]
        let service = ComposeService(settings) { nil }
        let failure = await #expect(throws: ComposeFailure.self) { try await service.perform(Self.operation()) }
        #expect(failure?.text.contains("neither 'docker compose' nor 'docker-compose'") == true)
    }

    @Test func thePasswordGoesOverStandardInputAndAFailedLoginEndsIt() async throws {
        let bench = try Bench(
            docker: """
                if [ "$1" = login ]; then echo "$@" > $FOLDER/login; cat > $FOLDER/password; [ "$3" = good ]; exit; fi
                touch $FOLDER/ran
                """
        )
        var operation = Self.operation()
        operation.login = .init(server: "r.example", username: "good", password: "pass\nword")
        _ = try await bench.service().perform(operation)
        #expect(try bench.text("login") == "login --username good --password-stdin r.example\n")
        #expect(try bench.text("password") == "pass\nword")
        try FileManager.default.removeItem(atPath: "\(bench.folder)/ran")
        operation.login?.username = "bad"
        let failure = await #expect(throws: ComposeFailure.self) { try await bench.service().perform(operation) }
        #expect(failure?.text == "registry login: docker login: : exit status 1")
        #expect(!FileManager.default.fileExists(atPath: "\(bench.folder)/ran"))
    }

    /// Two at once would see each other's half-written files.
    @Test func oneStackIsWorkedOnOnceAtATimeAndOthersMeanwhile() async throws {
        let bench = try Bench(
            docker: """
                name=$(basename $PWD); mkdir $FOLDER/lock-$name || exit 9
                if [ $name = web ]; then while [ ! -e $FOLDER/other-done ]; do sleep 0.02; done; fi
                rmdir $FOLDER/lock-$name; [ $name = web ] || touch $FOLDER/other-done
                """
        )
        let service = bench.service()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { _ = try await service.perform(Self.operation()) } }
            group.addTask { _ = try await service.perform(Self.operation("up", "other")) }
            try await group.waitForAll()
        }
    }

    @Test(.timeLimit(.minutes(1))) func sixteenWaitForAStackAndNoMore() async throws {
        let bench = try Bench(docker: "while [ ! -e $FOLDER/go ]; do sleep 0.02; done")
        let service = bench.service()
        let refused = Mailbox<String>()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await service.perform(Self.operation())
                        return true
                    } catch let failure as ComposeFailure {
                        refused.put(failure.text)
                        return false
                    }
                }
            }
            for _ in 0..<3 { #expect(try await refused.next() == "stack \"web\" is busy; try again later") }
            #expect(FileManager.default.createFile(atPath: "\(bench.folder)/go", contents: nil))
            let done = try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            #expect(done == 17, "the first, and those that waited for it")
        }
    }

    @Test(.timeLimit(.minutes(1))) func aCancelledOperationGivesItsPlaceUp() async throws {
        let bench = try Bench(docker: "touch $FOLDER/begun; while [ ! -e $FOLDER/go ]; do sleep 0.02; done")
        let service = bench.service()
        let first = Task { try await service.perform(Self.operation()) }
        try await until { FileManager.default.fileExists(atPath: "\(bench.folder)/begun") }
        let refused = Mailbox<Void>()
        let waiters = (0..<17).map { _ in
            Task {
                do {
                    _ = try await service.perform(Self.operation())
                } catch is ComposeFailure {
                    refused.put(())
                } catch is CancellationError {
                    return true
                }
                return false
            }
        }
        // Now the others wait.
        try await refused.next()
        for waiter in waiters { waiter.cancel() }
        // The first is still under way: waiting is what ends here.
        var cancelled = 0
        for waiter in waiters where try await waiter.value { cancelled += 1 }
        #expect(cancelled == 16)
        #expect(FileManager.default.createFile(atPath: "\(bench.folder)/go", contents: nil))
        _ = try await first.value
        _ = try await service.perform(Self.operation())
    }

    @Test(.timeLimit(.minutes(1))) func fourRunAndSixteenWaitOverAllStacks() async throws {
        let bench = try Bench(
            docker: "touch $FOLDER/begun-$(basename $PWD); while [ ! -e $FOLDER/go ]; do sleep 0.02; done"
        )
        let service = bench.service()
        let refused = Mailbox<String>()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<23 {
                group.addTask {
                    do {
                        _ = try await service.perform(Self.operation("up", "stack\(index)"))
                        return true
                    } catch let failure as ComposeFailure {
                        refused.put(failure.text)
                        return false
                    }
                }
            }
            for _ in 0..<3 {
                #expect(try await refused.next() == "too many Compose operations are under way; try again later")
            }
            try await until { try Self.begun(bench) >= 4 }
            #expect(try Self.begun(bench) == 4)
            #expect(FileManager.default.createFile(atPath: "\(bench.folder)/go", contents: nil))
            #expect(try await group.reduce(0) { $0 + ($1 ? 1 : 0) } == 20)
        }
    }

    private static func begun(_ bench: Bench) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: bench.folder).count { $0.hasPrefix("begun-") }
    }

    @Test func whatTakesTooLongIsStoppedWithItsChildren() async throws {
        let bench = try Bench(docker: "sleep 1000 & echo $! > $FOLDER/child; wait")
        let service = bench.service(limit: .seconds(1))
        let failure = await #expect(throws: ComposeFailure.self) { try await service.perform(Self.operation()) }
        #expect(failure?.text.contains("did not end within") == true)
        // A busy machine may not even have started it by then.
        if let child = bench.child { try await Self.ends(child) }
    }

    @Test func aClientThatLeavesTakesItsOperationAlong() async throws {
        let bench = try Bench(docker: "sleep 1000 & echo $! > $FOLDER/child; wait")
        let service = bench.service()
        let task = Task { try await service.perform(Self.operation()) }
        let child = try await value { bench.child }
        task.cancel()
        _ = await task.result
        try await Self.ends(child)
    }

    private static func ends(_ pid: String) async throws {
        try await until { !FileManager.default.fileExists(atPath: "/proc/\(pid)") }
    }

    @Test func onlyTheEndOfALongOutputIsKept() async throws {
        let bench = try Bench(docker: "head -c 5000000 /dev/zero | tr '\\0' x; echo the end")
        let output = try await bench.service().perform(Self.operation())
        #expect(output.utf8.count < ComposeProgram.outputBytes + 100)
        #expect(output.hasSuffix("xthe end\n"))
        #expect(output.hasPrefix("["))
    }
}
