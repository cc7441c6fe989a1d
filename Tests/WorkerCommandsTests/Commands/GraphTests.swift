import Testing

@testable import WorkerCommands

@Suite struct GraphTests {
    @Test func workersAreDrawnAsCelerys() throws {
        var choices = try WorkerGraph.Choices(["nodes:a@h", "threads:2"])
        choices.broker = "amqp://guest:**@localhost:5672//"
        let worker = #"shape="box", arrowhead="vee", style="filled", fontname="HelveticaNeue""#
        let edge = worker + #", color="darkseagreen4", arrowcolor="black", arrowsize="0.7""#
        #expect(
            WorkerGraph(choices).graph.text == """
                digraph dependencies {
                    graph [\(worker), bgcolor="mintcream", root="None"]
                    "amqp://guest:**@localhost:5672//" [shape="circle", arrowhead="vee", style="filled", \
                fontname="HelveticaNeue", fillcolor="cadetblue3", color="cadetblue4", height="1"]
                    "a@h" [\(worker), fillcolor="palegreen3", color="palegreen4"]
                    "a@h" -> "amqp://guest:**@localhost:5672//" [\(edge)]
                    "thr-1" [shape="oval", arrowhead="vee", style="filled", fontname="HelveticaNeue", \
                fillcolor="lightcyan4", color="black", fontcolor="yellow", fontsize="10", width="0.3", label="0"]
                    "thr-1" -> "a@h" [shape="box", arrowhead="none", style="filled", fontname="HelveticaNeue", \
                color="darkseagreen4", arrowcolor="black", arrowsize="0.7", arrowtail="tee"]
                    "thr-2" [shape="oval", arrowhead="vee", style="filled", fontname="HelveticaNeue", \
                fillcolor="lightcyan4", color="black", fontcolor="yellow", fontsize="10", width="0.3", label="1"]
                    "thr-2" -> "a@h" [shape="box", arrowhead="none", style="filled", fontname="HelveticaNeue", \
                color="darkseagreen4", arrowcolor="black", arrowsize="0.7", arrowtail="tee"]
                }
                """
        )
    }

    @Test func manyAreShortened() throws {
        let text = WorkerGraph(
            try WorkerGraph.Choices([
                "nodes:a,b,c,d,e,f", "threads:1,1,1,1,1,20", "enumerate", "generic", "broker:amqp://u:hush@h//",
                "backend:rpc://",
            ])
        ).graph.text
        #expect(text.contains("\"Broker (amqp://)\"") && text.contains("\"Backend (rpc://)\""))
        #expect(text.contains("\"Worker₁\"") && text.contains("\"W⎨…₃⎬\"") && text.contains("\"Worker₆\""))
        #expect(!text.contains("Worker₄") && !text.contains("hush"))
        #expect(text.contains("label=\"P⎨…₁₈⎬\""))
    }

    /// Workers reply what they like.
    @Test func absurdNumbersOfSlotsAreBounded() throws {
        var choices = try WorkerGraph.Choices(["nodes:a,b", "broker:amqp://h//"])
        choices.slots = [-1, 1 << 62]
        let text = WorkerGraph(choices).graph.text
        #expect(text.contains("label=\"99999\"") && text.contains("\"thr-3\" -> \"b\""))
        #expect(!text.contains("-> \"a\""))
    }

    @Test(arguments: [["nods:a"], ["wmax:x"], ["threads:1,many"]])
    func mistakesAreUsageErrors(words: [String]) {
        let error = #expect(throws: StartError.self) { try WorkerGraph.Choices(words) }
        #expect(error?.exitCode == 2)
    }

    @Test func theBrokersPasswordIsMasked() throws {
        let choices = try WorkerGraph.Choices(["broker:amqp://u:hush@h//", "backend:redis://:hush@h"])
        #expect(choices.broker == "amqp://u:**@h//")
        #expect(choices.backend?.contains("hush") == false)
    }

    @Test func partsOfAWorker() {
        let both = GraphBootsteps.graph(["worker", "consumer"]).text
        #expect(both.contains("\"Intake\" -> \"Pool\"") && both.contains("\"Completion\" -> \"Consumer\""))
        let one = GraphBootsteps.graph(["worker"]).text
        #expect(one.contains("\"Completion\" [") && !one.contains("\"Consumer\""))
    }
}
