import Foundation
import Synchronization

/// An engine that costs next to nothing: one thread for each connection, answers made beforehand.
final class FakeEngine: Sendable {
    /// A list of 1,000 containers, about as long as a real one's.
    static let list: String = {
        let labels = (0..<12).map { #""com.example.label.\#($0)":"\#(String(repeating: "v", count: 24))""# }
        let entries = (0..<1000).map { number in
            """
            {"Id":"\(String(format: "%064x", number))","Names":["/container-\(number)"],"Image":"registry.example/app:1.\
            \(number)","Command":"/usr/bin/app --serve","Created":1767225600,"State":"running","Status":"Up 2 days",\
            "Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":\(8000 + number),"Type":"tcp"}],\
            "Labels":{\(labels.joined(separator: ","))},"Mounts":[]}
            """
        }
        return "[\(entries.joined(separator: ","))]"
    }()

    private static let version = #"{"Version":"27.0.3","ApiVersion":"1.44","Os":"linux","Arch":"amd64"}"#
    /// Bytes of one HTTP chunk of a log.
    private static let chunkBytes = 16 * 1024

    private let nextExec = Atomic(0)

    init(at path: String) {
        let listener = Socket.listening(at: path)
        Thread.detachNewThread {
            while true {
                let socket = listener.accept()
                Thread.detachNewThread { self.serve(socket) }
            }
        }
    }

    private func serve(_ socket: Socket) {
        var reader = ByteReader(socket, capacity: 64 * 1024)
        while let (line, fields) = reader.head() {
            if let length = fields["content-length"].flatMap({ Int($0) }), length > 0 { _ = reader.take(length) }
            let words = line.split(separator: " ")
            guard words.count == 3, let target = Self.unversioned(words[1]) else { return }
            let path = target.prefix { $0 != "?" }
            switch path {
            case "/_ping": self.respond(socket, "OK", type: "text/plain")
            case "/version": self.respond(socket, Self.version)
            case "/containers/json": self.respond(socket, Self.list)
            case "/containers/log/logs": self.stream(Int(target.split(separator: "=")[1])!, to: socket)
            case "/containers/silent/logs": self.startStream(socket)
            case "/containers/c/exec":
                let number = self.nextExec.wrappingAdd(1, ordering: .relaxed).newValue
                self.respond(socket, #"{"Id":"\#(number)"}"#, status: "201 Created")
            case _ where path.hasSuffix("/start"): return self.echo(&reader, socket)
            case _ where path.hasPrefix("/exec/"): self.respond(socket, #"{"Running":false,"ExitCode":0}"#)
            default: self.respond(socket, #"{"message":"no such path"}"#, status: "404 Not Found")
            }
        }
    }

    private static func unversioned(_ target: Substring) -> Substring? {
        guard target.hasPrefix("/v1.") else { return target }
        return target.dropFirst().firstIndex(of: "/").map { target[$0...] }
    }

    private func respond(_ socket: Socket, _ body: String, status: String = "200 OK", type: String = "application/json")
    {
        socket.write(
            "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    private func startStream(_ socket: Socket) {
        socket.write(
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
    }

    private func stream(_ total: Int, to socket: Socket) {
        self.startStream(socket)
        let head = Array("\(String(Self.chunkBytes, radix: 16))\r\n".utf8)
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: head.count + Self.chunkBytes + 2, alignment: 8)
        defer { chunk.deallocate() }
        chunk.copyBytes(from: head)
        chunk[chunk.count - 2] = 13
        chunk[chunk.count - 1] = 10
        let payload = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 8)
        defer { payload.deallocate() }
        var counters = Counters()
        for _ in 0..<(total / Self.chunkBytes) {
            counters.fill(payload)
            UnsafeMutableRawBufferPointer(rebasing: chunk[head.count...]).copyMemory(
                from: UnsafeRawBufferPointer(payload)
            )
            guard socket.write(UnsafeRawBufferPointer(chunk)) else { return }
        }
        socket.write("0\r\n\r\n")
    }

    private func echo(_ reader: inout ByteReader, _ socket: Socket) {
        socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        while true {
            let bytes = reader.takeSome()
            guard !bytes.isEmpty, socket.write(UnsafeRawBufferPointer(bytes)) else { return }
        }
    }
}
