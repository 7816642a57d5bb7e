import Foundation
import Testing

extension EndToEndWaits {
    /// What people and scripts type, through both doors: it says what it says at the engine's own socket.
    @Suite struct CommandListTests {
        /// `NAME` is a running container, and the beginning of the name of whatever a line makes.
        private static let lines = [
            "docker version", "docker info --format '{{.ID}} {{.Driver}} {{.NCPU}} {{.ServerVersion}}'",
            "docker ps --no-trunc --filter name=NAME --format '{{.Names}} {{.Image}} {{.Command}}'",
            "docker ps --all --quiet --no-trunc --filter name=NAME",
            "docker ps --filter name=no-such-container --quiet",
            "docker ps --filter status=nonsense", "docker inspect NAME",
            "docker inspect --size --format '{{.SizeRootFs}}' NAME",
            "docker inspect --format '{{.State.Status}} {{.HostConfig.NetworkMode}}' NAME",
            "docker inspect no-such-container", "docker container inspect NAME no-such-container",
            "docker top NAME -o pid,comm", "docker port NAME", "docker diff NAME", "docker logs NAME",
            "docker logs --tail 5 --timestamps NAME", "docker logs no-such-container",
            "docker stats --no-stream --format '{{.Name}}' NAME", "docker exec NAME echo hello",
            "docker exec NAME sh -c 'echo error >&2; exit 7'", "docker exec NAME no-such-program",
            "docker exec no-such-container true", "docker exec NAME seq 1 100000 | md5sum",
            "docker cp NAME:/bin/busybox - | md5sum", "docker cp NAME:/etc/passwd - | tar t",
            "docker cp NAME:/no-such-file -", "docker cp no-such-container:/x -",
            "echo copied >$FOLDER/file && docker cp $FOLDER/file NAME:/tmp/file && docker exec NAME cat /tmp/file",
            // The client sometimes says besides that it could not end its archive.
            "docker cp $FOLDER/file NAME:/no/such/folder/ 2>&1 | grep -v ' on closed pipe'",
            "docker pause NAME && docker pause NAME; docker unpause NAME",
            "docker rename NAME NAME-r && docker rename NAME-r NAME", "docker rename NAME NAME",
            "docker update --restart no NAME", "docker update --memory 1 NAME",
            "docker kill --signal WINCH NAME", "docker kill --signal NONSENSE NAME", "docker restart --time 0 NAME",
            "docker stop --time 0 NAME && docker start NAME", "docker start NAME", "docker wait no-such-container",
            "docker run --detach --name NAME-d --network none busybox sh -c 'exit 5' | wc -c; docker wait NAME-d; docker rm NAME-d",
            "docker run --detach --name NAME --network none busybox true", "docker rm NAME",
            "docker rm --force no-such-container",
            "docker images --no-trunc --format '{{.ID}} {{.Tag}} {{.Size}}' busybox",
            "docker image ls --quiet busybox",
            "docker image inspect --format '{{.Id}} {{.Size}}' busybox", "docker image inspect no-such-image",
            "docker history --no-trunc --format '{{.CreatedBy}} {{.Size}}' busybox",
            "docker tag busybox NAME:one && docker rmi NAME:one", "docker tag no-such-image NAME:one",
            "docker rmi no-such-image", "docker save busybox | tar t | wc -l",
            "docker save busybox | docker load", "docker export NAME | tar t | wc -l",
            "docker export NAME | docker import - NAME:import | wc -c; docker rmi NAME:import | wc -l",
            "docker commit NAME NAME:commit | wc -c; docker rmi NAME:commit | wc -l",
            "printf 'FROM busybox\\nRUN echo built\\n' | DOCKER_BUILDKIT=0 docker build --quiet -",
            "printf 'FROM busybox\\nRUN exit 3\\n' | DOCKER_BUILDKIT=0 docker build --quiet --force-rm - 2>&1 | tail -n 1",
            "docker pull 127.0.0.1:1/no/such:image", "docker push 127.0.0.1:1/no/such:image",
            "docker network ls --no-trunc --filter type=builtin",
            "docker network inspect none --format '{{.Name}} {{.Driver}}'",
            "docker network inspect no-such-network", "docker network rm no-such-network",
            "docker volume create NAME-v && docker volume inspect --format '{{.Driver}}' NAME-v && docker volume rm NAME-v",
            "docker volume ls --quiet --filter name=NAME", "docker volume inspect no-such-volume",
            "docker volume rm no-such-volume", "docker system df --format '{{.Type}}'",
            "docker events --since 1 --until 1", "docker plugin ls", "docker node ls", "docker service ls",
            "docker secret ls", "docker container prune --force --filter label=NAME",
            "docker image prune --force --filter label=NAME", "docker volume prune --force --filter label=NAME",
            "docker network prune --force --filter label=NAME",
        ]

        /// Where these fail, the machine lacks something, and the rest says as little at both ends.
        private static let linesThatSucceed: Set = [
            "docker version", "docker inspect NAME", "docker logs NAME", "docker exec NAME echo hello",
            "docker exec NAME seq 1 100000 | md5sum",
            "docker images --no-trunc --format '{{.ID}} {{.Tag}} {{.Size}}' busybox",
            "docker image inspect --format '{{.Id}} {{.Size}}' busybox",
            "docker network ls --no-trunc --filter type=builtin",
        ]

        /// What needs a connection of its own both ways, which the tunnel does not carry, or more than its exec does.
        private static let linesForTheListener = [
            "docker create --name NAME-c --network none busybox true | wc -c; docker rm NAME-c",
            "docker run --rm --network none busybox sh -c 'echo out; echo error >&2; exit 5'",
            "echo input | docker run -i --rm --network none busybox cat",
            "docker run --rm --network none busybox no-such-program", "docker attach no-such-container",
            "docker exec --user 1000 --workdir /tmp --env A=b NAME sh -c 'id -u; pwd; echo $A'",
            "seq 1 100000 | docker exec -i NAME md5sum", "docker exec --detach NAME true",
        ]

        /// The Python client, which says some things on the wire as the command line does not. It may lose what a process
        /// says together with the head of the answer, so only its status is compared.
        private static let python = """
            import docker, io, tarfile
            c = docker.from_env()
            k = c.containers.get("NAME")
            print(c.ping(), c.version()["ApiVersion"], k.status, k.image.id, k.attrs["Id"])
            print(k.exec_run("sh -c 'echo out; exit 3'").exit_code, k.exec_run("false", demux=True).exit_code)
            print(k.logs(tail=5), k.top(ps_args="-o pid,comm")["Titles"], k.stats(stream=False)["name"])
            print([i.id for i in c.images.list(name="busybox")], c.networks.list(names=["none"])[0].id)
            b, s = k.get_archive("/etc/passwd")
            print(s["name"], s["size"], tarfile.open(fileobj=io.BytesIO(b"".join(b))).getnames())
            for e in c.events(since=1, until=1): print(e)
            try: c.containers.get("no-such-container")
            except docker.errors.NotFound as e: print(e.response.status_code, e.explanation)
            """

        @Test(arguments: Door.allCases)
        func eachLineSaysWhatItSaysAtTheEngine(door: Door) async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let socket = try await Self.open(door, on: bench)
                for line in Self.lines + (door == .listener ? Self.linesForTheListener : []) {
                    let command = "FOLDER=\(bench.folder); " + line.replacing("NAME", with: name)
                    let expected = try await Self.compare(command, at: socket, on: bench)
                    if Self.linesThatSucceed.contains(line) { #expect(expected == 0, "\(line)") }
                }
            }
        }

        @Test(
            .enabled(
                if: FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/docker/__init__.py"),
                "needs python3-docker"
            ),
            arguments: Door.allCases
        )
        func thePythonClientSeesWhatItSeesAtTheEngine(door: Door) async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let socket = try await Self.open(door, on: bench)
                let script = Self.python.replacing("NAME", with: name).replacing("'", with: #"'\''"#)
                let status = try await Self.compare("command -p python3 -c '\(script)'", at: socket, on: bench)
                #expect(status == 0)
            }
        }

        /// - Returns: the status at the engine.
        private static func compare(_ command: String, at socket: String, on bench: Workbench) async throws -> Int32 {
            let expected = try await bench.shell(command, engine: Engine.shared.socket)
            let outcome = try await bench.shell(command, engine: socket)
            #expect(outcome.status == expected.status, "\(command)\n\(outcome.errors)")
            #expect(outcome.output == expected.output, "\(command)")
            #expect(outcome.errors == expected.errors, "\(command)")
            return expected.status
        }

        /// A controller that reads and sends bodies of any kind.
        private static func open(_ door: Door, on bench: Workbench) async throws -> String {
            switch door {
            case .listener: return try await bench.startStandard().socket
            case .tunnel:
                let capabilities = "edge-request-body-stream,edge-response-body-b64"
                return try await bench.openTunnel(options: ["--capabilities", capabilities]).socket
            }
        }
    }
}
