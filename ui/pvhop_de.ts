<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>PvhopMenus</name>
    <message>
        <source>Add Server with pvhop...</source>
        <translation>Server mit pvhop hinzufügen...</translation>
    </message>
    <message>
        <source>Find out how to reach a pvserver on a cluster, and add it to the servers</source>
        <translation>Herausfinden, wie ein pvserver auf einem Cluster zu erreichen ist, und ihn den Servern hinzufügen</translation>
    </message>
    <message>
        <source>Add with pvhop...</source>
        <translation>Mit pvhop hinzufügen...</translation>
    </message>
    <message>
        <source>Find out how to reach a pvserver behind firewalls and batch queues</source>
        <translation>Herausfinden, wie ein pvserver hinter Firewalls und Warteschlangen zu erreichen ist</translation>
    </message>
    <message>
        <source>Import to pvhop...</source>
        <translation>In pvhop übernehmen...</translation>
    </message>
    <message>
        <source>Copy and Change...</source>
        <translation>Kopieren und ändern...</translation>
    </message>
    <message>
        <source>Makes an entry of pvhop from this one, as far as it can be understood</source>
        <translation>Macht aus diesem Eintrag einen von pvhop, soweit er zu verstehen ist</translation>
    </message>
    <message>
        <source>Makes a copy of this entry under another name, for you to change</source>
        <translation>Macht eine Kopie dieses Eintrags unter anderem Namen, die Sie ändern können</translation>
    </message>
</context>
<context>
    <name>PvhopServerLauncher</name>
    <message>
        <source>ParaView could not connect to pvhop at %1 on this computer.</source>
        <translation>ParaView konnte sich nicht mit pvhop auf %1 dieses Rechners verbinden.</translation>
    </message>
</context>
<context>
    <name>PvhopSession</name>
    <message>
        <source>It was looked for beside the plugin, on the PATH and where it was installed to.</source>
        <translation>Gesucht wurde neben dem Plugin, im PATH und am Ort der Installation.</translation>
    </message>
</context>
<context>
    <name>QObject</name>
    <message>
        <source>Your computer</source>
        <translation>Ihr Rechner</translation>
    </message>
    <message>
        <source>front end</source>
        <translation>Login-Rechner</translation>
    </message>
    <message>
        <source>node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>passes on</source>
        <translation>reicht weiter</translation>
    </message>
    <message>
        <source>firewall</source>
        <translation>Firewall</translation>
    </message>
    <message>
        <source>ParaView does not take the entry.</source>
        <translation>ParaView nimmt den Eintrag nicht an.</translation>
    </message>
    <message>
        <source>ParaView could not write its list of servers. The entry is there until ParaView is closed.</source>
        <translation>ParaView konnte seine Serverliste nicht schreiben. Der Eintrag gilt, bis ParaView geschlossen wird.</translation>
    </message>
    <message>
        <source>A copy of &quot;%1&quot;, which stays as it is.</source>
        <translation>Eine Kopie von „%1“, das bleibt, wie es ist.</translation>
    </message>
    <message>
        <source>&quot;%1&quot; cannot be taken over. %2</source>
        <translation>„%1“ kann nicht übernommen werden. %2</translation>
    </message>
    <message>
        <source>Made from &quot;%1&quot;, which stays as it is.</source>
        <translation>Gemacht aus „%1“, das bleibt, wie es ist.</translation>
    </message>
    <message>
        <source>The server is saved. Connecting to it closes the present connection, and what is loaded there is discarded. Connect now?</source>
        <translation>Der Server ist gespeichert. Beim Verbinden wird die bestehende Verbindung geschlossen, und was darin geladen ist, geht verloren. Jetzt verbinden?</translation>
    </message>
</context>
<context>
    <name>pvhop::Boxes</name>
    <message>
        <source>Ready to connect</source>
        <translation>Bereit zum Verbinden</translation>
    </message>
    <message>
        <source>&quot;%1&quot; is ready.</source>
        <translation>„%1“ ist bereit.</translation>
    </message>
    <message>
        <source>Connecting closes the present connection and discards what is loaded in it. Save its state first if you want to keep it. The server that is ready goes on waiting.</source>
        <translation>Beim Verbinden wird die bestehende Verbindung geschlossen, und was darin geladen ist, geht verloren. Sichern Sie vorher den Zustand, wenn Sie ihn behalten möchten. Der Server, der bereit ist, wartet weiter.</translation>
    </message>
    <message>
        <source>Connect Now</source>
        <translation>Jetzt verbinden</translation>
    </message>
    <message>
        <source>Give It Up</source>
        <translation>Aufgeben</translation>
    </message>
    <message>
        <source>Servers that you have saved are not in the list as you saved them: another ParaView, which was started before, has written the list since.

%1</source>
        <translation>Server, die Sie gespeichert haben, stehen nicht so in der Liste: Ein anderes ParaView, das vorher gestartet wurde, hat die Liste seitdem geschrieben.

%1</translation>
    </message>
    <message>
        <source>&amp;Bring Them Back</source>
        <translation>&amp;Zurückholen</translation>
    </message>
    <message>
        <source>&amp;Not Now</source>
        <translation>&amp;Jetzt nicht</translation>
    </message>
    <message>
        <source>&amp;Forget Them</source>
        <translation>&amp;Vergessen</translation>
    </message>
    <message>
        <source>&amp;Later</source>
        <translation>S&amp;päter</translation>
    </message>
</context>
<context>
    <name>pvhop::Check</name>
    <message>
        <source>The host can be reached</source>
        <translation>Der Rechner ist erreichbar</translation>
    </message>
    <message>
        <source>It is the host that it says it is</source>
        <translation>Er ist der, für den er sich ausgibt</translation>
    </message>
    <message>
        <source>Logging in</source>
        <translation>Anmeldung</translation>
    </message>
    <message>
        <source>What the site says of itself</source>
        <translation>Was das Rechenzentrum über sich sagt</translation>
    </message>
    <message>
        <source>Speed of the connection</source>
        <translation>Geschwindigkeit der Verbindung</translation>
    </message>
    <message>
        <source>A way back for pvserver</source>
        <translation>Ein Rückweg für pvserver</translation>
    </message>
    <message>
        <source>Programs of yours may run there</source>
        <translation>Eigene Programme dürfen dort laufen</translation>
    </message>
    <message>
        <source>Batch system</source>
        <translation>Batchsystem</translation>
    </message>
    <message>
        <source>pvserver</source>
        <translation>pvserver</translation>
    </message>
    <message>
        <source>How pvserver draws</source>
        <translation>Wie pvserver zeichnet</translation>
    </message>
    <message>
        <source>Left over from earlier</source>
        <translation>Von früher übrig</translation>
    </message>
    <message>
        <source>Yes.</source>
        <translation>Ja.</translation>
    </message>
    <message>
        <source>Yes: its key is the one on record.</source>
        <translation>Ja: Sein Schlüssel ist der bekannte.</translation>
    </message>
    <message>
        <source>Works.</source>
        <translation>Geht.</translation>
    </message>
    <message>
        <source>ssh may carry ParaView&apos;s connection.</source>
        <translation>ssh darf ParaViews Verbindung tragen.</translation>
    </message>
    <message>
        <source>Not every way works. pvhop takes one that does.</source>
        <translation>Nicht jeder Weg geht. pvhop nimmt einen, der geht.</translation>
    </message>
    <message>
        <source>The site does not allow the way that is needed.</source>
        <translation>Das Rechenzentrum erlaubt den Weg nicht, der gebraucht wird.</translation>
    </message>
    <message>
        <source>Perhaps not. pvhop does without, as far as it can.</source>
        <translation>Vielleicht nicht. pvhop kommt, soweit es kann, ohne aus.</translation>
    </message>
    <message>
        <source>It is there, but does not answer. Ask the administrator.</source>
        <translation>Es ist da, antwortet aber nicht. Fragen Sie die Administration.</translation>
    </message>
    <message>
        <source>Logging in to its nodes</source>
        <translation>Anmelden an seinen Knoten</translation>
    </message>
    <message>
        <source>Not now. It is not needed.</source>
        <translation>Zurzeit nicht. Es wird nicht gebraucht.</translation>
    </message>
    <message>
        <source>Not now, but the way that you have chosen needs it.</source>
        <translation>Zurzeit nicht, aber der gewählte Weg braucht es.</translation>
    </message>
    <message>
        <source>Without a screen, as servers should.</source>
        <translation>Ohne Bildschirm, wie es ein Server soll.</translation>
    </message>
    <message>
        <source>On a screen (X display), which the computer there may not have. If pvserver does not start, ask for one that draws without.</source>
        <translation>Auf einem Bildschirm (X-Display), den der Rechner dort vielleicht nicht hat. Startet pvserver nicht, fragen Sie nach einem, der ohne zeichnet.</translation>
    </message>
    <message>
        <source>Nothing.</source>
        <translation>Nichts.</translation>
    </message>
    <message>
        <source>Not looked at.</source>
        <translation>Nicht nachgesehen.</translation>
    </message>
    <message>
        <source>No, but the way that you have chosen needs it.</source>
        <translation>Nein, aber der Weg, den Sie gewählt haben, braucht es.</translation>
    </message>
</context>
<context>
    <name>pvhop::ConnectWindow</name>
    <message>
        <source>Connecting to %1</source>
        <translation>Verbindung mit %1</translation>
    </message>
    <message>
        <source>&amp;Log</source>
        <translation>&amp;Protokoll</translation>
    </message>
    <message>
        <source>C&amp;opy</source>
        <translation>K&amp;opieren</translation>
    </message>
    <message>
        <source>Copies what is shown and the log, to send to somebody who helps</source>
        <translation>Kopiert, was zu sehen ist, und das Protokoll, für jemanden, der hilft</translation>
    </message>
    <message>
        <source>Continue in &amp;Background</source>
        <translation>Im &amp;Hintergrund weiter</translation>
    </message>
    <message>
        <source>&amp;Try Again</source>
        <translation>&amp;Noch einmal</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>The message is on the clipboard: paste it into a mail.</source>
        <translation>Die Nachricht ist in der Zwischenablage: Fügen Sie sie in eine E-Mail ein.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Cancelling: what was started is being ended.</source>
        <translation>Abbruch: Was gestartet wurde, wird beendet.</translation>
    </message>
    <message>
        <source>Connection: %1</source>
        <translation>Verbindung: %1</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
</context>
<context>
    <name>pvhop::Core</name>
    <message>
        <source>Reading the ssh configuration for %1</source>
        <translation>Liest die ssh-Konfiguration für %1</translation>
    </message>
    <message>
        <source>Looking up %1</source>
        <translation>Schlägt %1 nach</translation>
    </message>
    <message>
        <source>Connecting to %1</source>
        <translation>Verbindet sich mit %1</translation>
    </message>
    <message>
        <source>Connecting to %1 through the host before it</source>
        <translation>Verbindet sich mit %1 über den Rechner davor</translation>
    </message>
    <message>
        <source>Connecting to %1 by the command in your ssh settings</source>
        <translation>Verbindet sich mit %1 durch den Befehl in Ihren ssh-Einstellungen</translation>
    </message>
    <message>
        <source>Checking that it is %1: %2</source>
        <translation>Prüft, ob es %1 ist: %2</translation>
    </message>
    <message>
        <source>Logging in to %1 as %2</source>
        <translation>Meldet sich auf %1 als %2 an</translation>
    </message>
    <message>
        <source>Logged in: %1</source>
        <translation>Angemeldet: %1</translation>
    </message>
    <message>
        <source>Logged in</source>
        <translation>Angemeldet</translation>
    </message>
    <message>
        <source>Opening the way back and looking for pvserver</source>
        <translation>Öffnet den Rückweg und sucht pvserver</translation>
    </message>
    <message>
        <source>The way back is open: port %1 of %2 leads here</source>
        <translation>Der Rückweg ist offen: Port %1 von %2 führt hierher</translation>
    </message>
    <message>
        <source>The way back is open, inside the login: port %1 of %2 leads here</source>
        <translation>Der Rückweg ist offen, innerhalb der Anmeldung: Port %1 von %2 führt hierher</translation>
    </message>
    <message>
        <source>Port %1 of this computer is open for pvserver, which will call %2</source>
        <translation>Port %1 dieses Computers ist offen für pvserver, das %2 anrufen wird</translation>
    </message>
    <message>
        <source>Port %1 of this computer is open on all its addresses for pvserver, which will call %2</source>
        <translation>Port %1 dieses Computers ist auf allen seinen Adressen offen für pvserver, das %2 anrufen wird</translation>
    </message>
    <message>
        <source>%2 passes on what comes to its port %1, and that is not encrypted</source>
        <translation>%2 reicht weiter, was an seinem Port %1 ankommt, und zwar unverschlüsselt</translation>
    </message>
    <message>
        <source>%2 passes on what comes to its port %1</source>
        <translation>%2 reicht weiter, was an seinem Port %1 ankommt</translation>
    </message>
    <message>
        <source>pvserver will wait to be called through the ssh login</source>
        <translation>pvserver wird warten, bis es durch die ssh-Anmeldung angerufen wird</translation>
    </message>
    <message>
        <source>pvserver will wait to be called by the helper on the host</source>
        <translation>pvserver wird warten, bis das Hilfsprogramm auf dem Rechner es anruft</translation>
    </message>
    <message>
        <source>pvserver will wait to be called from the host</source>
        <translation>pvserver wird warten, bis es vom Rechner aus angerufen wird</translation>
    </message>
    <message>
        <source>The way back is opened on the job&apos;s node, once that is known</source>
        <translation>Der Rückweg wird auf dem Knoten des Jobs geöffnet, sobald der bekannt ist</translation>
    </message>
    <message>
        <source>pvserver %1 found</source>
        <translation>pvserver %1 gefunden</translation>
    </message>
    <message>
        <source>Submitting the job to %1</source>
        <translation>Reicht den Job bei %1 ein</translation>
    </message>
    <message>
        <source>Submitting the job</source>
        <translation>Reicht den Job ein</translation>
    </message>
    <message>
        <source>Job %1 submitted to %2</source>
        <translation>Job %1 bei %2 eingereicht</translation>
    </message>
    <message>
        <source>Job %1 waits in the queue</source>
        <translation>Job %1 wartet in der Warteschlange</translation>
    </message>
    <message>
        <source>Waiting in the queue: place %1, starts in about %2 min (%3)</source>
        <translation>Wartet in der Warteschlange: Platz %1, beginnt in etwa %2 min (%3)</translation>
    </message>
    <message>
        <source>Waiting in the queue: place %1, starts in about %2 min</source>
        <translation>Wartet in der Warteschlange: Platz %1, beginnt in etwa %2 min</translation>
    </message>
    <message>
        <source>Waiting in the queue: place %1 (%2)</source>
        <translation>Wartet in der Warteschlange: Platz %1 (%2)</translation>
    </message>
    <message>
        <source>Waiting in the queue: place %1</source>
        <translation>Wartet in der Warteschlange: Platz %1</translation>
    </message>
    <message>
        <source>Waiting in the queue: starts in about %1 min (%2)</source>
        <translation>Wartet in der Warteschlange: beginnt in etwa %1 min (%2)</translation>
    </message>
    <message>
        <source>Waiting in the queue: starts in about %1 min</source>
        <translation>Wartet in der Warteschlange: beginnt in etwa %1 min</translation>
    </message>
    <message>
        <source>The job runs on %1</source>
        <translation>Der Job läuft auf %1</translation>
    </message>
    <message>
        <source>Starting pvserver in its job</source>
        <translation>Startet pvserver in seinem Job</translation>
    </message>
    <message>
        <source>Starting pvserver %1 in its job</source>
        <translation>Startet pvserver %1 in seinem Job</translation>
    </message>
    <message>
        <source>Starting pvserver on %1 with %2</source>
        <translation>Startet pvserver auf %1 mit %2</translation>
    </message>
    <message>
        <source>Starting pvserver on %1</source>
        <translation>Startet pvserver auf %1</translation>
    </message>
    <message>
        <source>Starting pvserver %1 on %2 with %3</source>
        <translation>Startet pvserver %1 auf %2 mit %3</translation>
    </message>
    <message>
        <source>Starting pvserver %1 on %2</source>
        <translation>Startet pvserver %1 auf %2</translation>
    </message>
    <message>
        <source>pvserver has started</source>
        <translation>pvserver ist gestartet</translation>
    </message>
    <message>
        <source>pvserver waits at %1</source>
        <translation>pvserver wartet an %1</translation>
    </message>
    <message>
        <source>pvserver is here and checked; bringing ParaView in</source>
        <translation>pvserver ist da und geprüft; ParaView wird verbunden</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Verbunden</translation>
    </message>
    <message>
        <source>Ending what was started</source>
        <translation>Beendet, was gestartet war</translation>
    </message>
    <message>
        <source>It does not describe itself (%1)</source>
        <translation>Es beschreibt sich nicht selbst (%1)</translation>
    </message>
    <message>
        <source>Round trip below 1 ms, %1 MiB/s from there</source>
        <translation>Hin und zurück unter 1 ms, %1 MiB/s von dort</translation>
    </message>
    <message>
        <source>Round trip below 1 ms</source>
        <translation>Hin und zurück unter 1 ms</translation>
    </message>
    <message>
        <source>Round trip %1 ms, %2 MiB/s from there</source>
        <translation>Hin und zurück %1 ms, %2 MiB/s von dort</translation>
    </message>
    <message>
        <source>Round trip %1 ms</source>
        <translation>Hin und zurück %1 ms</translation>
    </message>
    <message>
        <source>Could not be measured</source>
        <translation>Konnte nicht gemessen werden</translation>
    </message>
    <message>
        <source>The way is long: keep ParaView&apos;s remote rendering on, with compression.</source>
        <translation>Der Weg ist weit: Lassen Sie ParaViews „Remote Rendering“ eingeschaltet, mit Kompression.</translation>
    </message>
    <message>
        <source>None: pvserver runs on this host itself</source>
        <translation>Keines: pvserver läuft auf diesem Rechner selbst</translation>
    </message>
    <message>
        <source>%1; queues: %2, accounts: %3</source>
        <translation>%1; Warteschlangen: %2, Konten: %3</translation>
    </message>
    <message>
        <source>None was found, neither among the modules nor in the usual folders</source>
        <translation>Keines gefunden, weder unter den Modulen noch in den üblichen Ordnern</translation>
    </message>
    <message>
        <source>%1; none goes with ParaView %2 of this computer</source>
        <translation>%1; keines passt zu ParaView %2 auf diesem Computer</translation>
    </message>
    <message>
        <source>Use a ParaView of one of these versions on this computer, or ask the administrator for a pvserver of yours.</source>
        <translation>Verwenden Sie auf diesem Computer ein ParaView einer dieser Versionen, oder bitten Sie die Administratoren um ein pvserver der Ihren.</translation>
    </message>
    <message>
        <source>%1 of earlier connections: %2</source>
        <translation>%1 von früheren Verbindungen: %2</translation>
    </message>
    <message>
        <source>What runs is of a connection that lasts; folders of past ones in ~/.cache/pvhop may be removed.</source>
        <translation>Was läuft, gehört zu einer bestehenden Verbindung; Ordner vergangener in ~/.cache/pvhop können gelöscht werden.</translation>
    </message>
    <message>
        <source>The host refuses ports that lead here.</source>
        <translation>Der Rechner lehnt Ports ab, die hierher führen.</translation>
    </message>
    <message>
        <source>The helper may not run on the host, and the host allows nothing beside it in the login.</source>
        <translation>Das Hilfsprogramm darf auf dem Rechner nicht laufen, und der erlaubt nichts anderes in der Anmeldung.</translation>
    </message>
    <message>
        <source>The helper may not run on the host.</source>
        <translation>Das Hilfsprogramm darf auf dem Rechner nicht laufen.</translation>
    </message>
    <message>
        <source>The host refuses connections to its nodes.</source>
        <translation>Der Rechner lehnt Verbindungen zu seinen Knoten ab.</translation>
    </message>
    <message>
        <source>The host refuses connections through it.</source>
        <translation>Der Rechner lehnt Verbindungen durch ihn ab.</translation>
    </message>
    <message>
        <source>Nothing is opened on the host.</source>
        <translation>Auf dem Rechner wird nichts geöffnet.</translation>
    </message>
    <message>
        <source>pvserver waits, and the host connects to it.</source>
        <translation>pvserver wartet, und der Rechner verbindet sich mit ihm.</translation>
    </message>
    <message>
        <source>The host opens no port where its nodes could reach it.</source>
        <translation>Der Rechner öffnet keinen Port, den seine Knoten erreichen.</translation>
    </message>
    <message>
        <source>Others on the nodes can reach the port too, and are told apart by a number.</source>
        <translation>Auch andere auf den Knoten erreichen den Port; eine Nummer unterscheidet sie.</translation>
    </message>
    <message>
        <source>The port is inside the host only.</source>
        <translation>Der Port ist nur innerhalb des Rechners.</translation>
    </message>
    <message>
        <source>The port of ssh itself is inside the host only.</source>
        <translation>Der Port von ssh selbst ist nur innerhalb des Rechners.</translation>
    </message>
    <message>
        <source>Programs that the host has already do this.</source>
        <translation>Das tun Programme, die der Rechner schon hat.</translation>
    </message>
    <message>
        <source>The helper on the host does this.</source>
        <translation>Das tut das Hilfsprogramm auf dem Rechner.</translation>
    </message>
    <message>
        <source>It is for nodes, and there is no batch system.</source>
        <translation>Das ist für Knoten, und es gibt kein Batchsystem.</translation>
    </message>
    <message>
        <source>One cannot log in to the nodes.</source>
        <translation>Auf den Knoten kann man sich nicht anmelden.</translation>
    </message>
    <message>
        <source>Nothing is opened where others reach it.</source>
        <translation>Nichts wird geöffnet, wo andere es erreichen.</translation>
    </message>
    <message>
        <source>Never chosen by itself; works where nothing between blocks connections to this computer.</source>
        <translation>Wird nie von selbst gewählt; geht, wo nichts dazwischen Verbindungen zu diesem Computer sperrt.</translation>
    </message>
    <message>
        <source>Never chosen by itself; works where the host can connect to this computer.</source>
        <translation>Wird nie von selbst gewählt; geht, wo der Rechner sich mit diesem Computer verbinden kann.</translation>
    </message>
    <message>
        <source>The site&apos;s rules are against it.</source>
        <translation>Die Regeln des Rechenzentrums sind dagegen.</translation>
    </message>
    <message>
        <source>Not all of it could be tried.</source>
        <translation>Nicht alles davon konnte versucht werden.</translation>
    </message>
</context>
<context>
    <name>pvhop::FailurePanel</name>
    <message>
        <source>Hello,

I connect ParaView to pvserver on %1 with pvhop, and it was refused:

%2
Could this be allowed, or can you tell me what to do instead?
</source>
        <translation>Guten Tag,

ich verbinde ParaView durch pvhop mit pvserver auf %1, und das wurde abgelehnt:

%2
Kann das erlaubt werden, oder was kann ich stattdessen tun?
</translation>
    </message>
    <message>
        <source>Change the &amp;Settings ...</source>
        <translation>&amp;Einstellungen ändern ...</translation>
    </message>
    <message>
        <source>Copy a Message to the &amp;Administrator</source>
        <translation>Nachricht an die &amp;Administration kopieren</translation>
    </message>
    <message>
        <source>Show the &amp;Log</source>
        <translation>&amp;Protokoll zeigen</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Einzelheiten</translation>
    </message>
</context>
<context>
    <name>pvhop::Field</name>
    <message>
        <source>Host</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>The host that ssh reaches: a name, an alias of ~/.ssh/config, or USER@HOST; also as the bare word of the command line</source>
        <translation>Der Rechner, den ssh erreicht: ein Name, ein Alias aus ~/.ssh/config oder BENUTZER@RECHNER; auch als bloßes Wort der Befehlszeile</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>Benutzername</translation>
    </message>
    <message>
        <source>User name on the host, where the ssh configuration does not say it</source>
        <translation>Benutzername auf dem Rechner, wo ihn die ssh-Konfiguration nicht nennt</translation>
    </message>
    <message>
        <source>ssh port</source>
        <translation>ssh-Port</translation>
    </message>
    <message>
        <source>Port of the host&apos;s ssh server, where the ssh configuration does not say it</source>
        <translation>Port des ssh-Servers, wo ihn die ssh-Konfiguration nicht nennt</translation>
    </message>
    <message>
        <source>Private key</source>
        <translation>Privater Schlüssel</translation>
    </message>
    <message>
        <source>Private key to try first, like ssh -i</source>
        <translation>Privater Schlüssel, der zuerst versucht wird, wie bei ssh -i</translation>
    </message>
    <message>
        <source>Hosts on the way</source>
        <translation>Rechner auf dem Weg</translation>
    </message>
    <message>
        <source>Hosts on the way, in order, like ssh -J; &apos;none&apos; goes straight there</source>
        <translation>Rechner auf dem Weg, der Reihe nach, wie bei ssh -J; „none“ geht geradewegs hin</translation>
    </message>
    <message>
        <source>ssh configuration</source>
        <translation>ssh-Konfiguration</translation>
    </message>
    <message>
        <source>ssh configuration to read in place of the user&apos;s and the system&apos;s, like ssh -F</source>
        <translation>ssh-Konfiguration anstelle der eigenen und der des Systems, wie bei ssh -F</translation>
    </message>
    <message>
        <source>Route</source>
        <translation>Weg</translation>
    </message>
    <message>
        <source>Which way the data goes; auto chooses one that the site allows and that is encrypted</source>
        <translation>Welchen Weg die Daten nehmen; auto wählt einen, den das Rechenzentrum erlaubt und der verschlüsselt ist</translation>
    </message>
    <message>
        <source>pvserver</source>
        <translation>pvserver</translation>
    </message>
    <message>
        <source>pvserver on the far side: a name in its PATH, or a path; {version} stands for the client&apos;s version</source>
        <translation>pvserver am anderen Ende: ein Name in dessen PATH oder ein Pfad; {version} steht für die Version Ihres ParaView</translation>
    </message>
    <message>
        <source>Commands before</source>
        <translation>Befehle davor</translation>
    </message>
    <message>
        <source>Shell commands that make pvserver available, such as &apos;module load paraview/{version}&apos;</source>
        <translation>Shell-Befehle, die pvserver verfügbar machen, etwa „module load paraview/{version}“</translation>
    </message>
    <message>
        <source>MPI launcher</source>
        <translation>MPI-Starter</translation>
    </message>
    <message>
        <source>What starts pvserver in parallel, such as &apos;mpiexec -n 2&apos; or &apos;srun&apos;</source>
        <translation>Was pvserver parallel startet, etwa „mpiexec -n 2“ oder „srun“</translation>
    </message>
    <message>
        <source>pvserver arguments</source>
        <translation>Argumente für pvserver</translation>
    </message>
    <message>
        <source>More arguments for pvserver</source>
        <translation>Weitere Argumente für pvserver</translation>
    </message>
    <message>
        <source>Rendering</source>
        <translation>Rendering</translation>
    </message>
    <message>
        <source>How pvserver draws: on a GPU (egl), in software (osmesa), on an X display (glx)</source>
        <translation>Wie pvserver zeichnet: auf einer GPU (egl), in Software (osmesa), auf einem X-Display (glx)</translation>
    </message>
    <message>
        <source>Batch system</source>
        <translation>Batchsystem</translation>
    </message>
    <message>
        <source>The batch system that runs pvserver; none starts it on the host itself</source>
        <translation>Das Batchsystem, das pvserver ausführt; none startet ihn auf dem Rechner selbst</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Queue or partition</source>
        <translation>Warteschlange oder Partition</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Projektkonto</translation>
    </message>
    <message>
        <source>Account or project that the job is charged to</source>
        <translation>Konto oder Projekt, dem der Job angerechnet wird</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>How long the job may run: 01:30:00, 90m or 2h</source>
        <translation>Wie lange der Job laufen darf: 01:30:00, 90m oder 2h</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Compute nodes</source>
        <translation>Rechenknoten</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>Prozesse</translation>
    </message>
    <message>
        <source>pvserver processes in all</source>
        <translation>pvserver-Prozesse insgesamt</translation>
    </message>
    <message>
        <source>GPUs a node</source>
        <translation>GPUs je Knoten</translation>
    </message>
    <message>
        <source>GPUs on each node</source>
        <translation>GPUs auf jedem Knoten</translation>
    </message>
    <message>
        <source>Memory a node</source>
        <translation>Speicher je Knoten</translation>
    </message>
    <message>
        <source>Memory on each node, as the batch system writes it: 64G</source>
        <translation>Speicher auf jedem Knoten, wie ihn das Batchsystem schreibt: 64G</translation>
    </message>
    <message>
        <source>Reservation</source>
        <translation>Reservierung</translation>
    </message>
    <message>
        <source>Reservation to run in</source>
        <translation>Reservierung, in der der Job läuft</translation>
    </message>
    <message>
        <source>Constraint</source>
        <translation>Bedingung</translation>
    </message>
    <message>
        <source>What the nodes must have, as the batch system writes it</source>
        <translation>Was die Knoten haben müssen, wie es das Batchsystem schreibt</translation>
    </message>
    <message>
        <source>Job name</source>
        <translation>Name des Jobs</translation>
    </message>
    <message>
        <source>Name of the job in the queue</source>
        <translation>Name des Jobs in der Warteschlange</translation>
    </message>
    <message>
        <source>Submit arguments</source>
        <translation>Argumente beim Abschicken</translation>
    </message>
    <message>
        <source>More arguments for the batch system&apos;s submit command</source>
        <translation>Weitere Argumente für den Befehl, der den Job abschickt</translation>
    </message>
    <message>
        <source>Name of this computer</source>
        <translation>Name dieses Rechners</translation>
    </message>
    <message>
        <source>Name or address by which pvserver reaches this computer on a route without a tunnel; if not given, the address from which the ssh connection comes</source>
        <translation>Name oder Adresse, unter der pvserver diesen Rechner ohne Tunnel erreicht; ohne Angabe die Adresse, von der die ssh-Verbindung kommt</translation>
    </message>
    <message>
        <source>Time for a step</source>
        <translation>Zeit für einen Schritt</translation>
    </message>
    <message>
        <source>How long one step may take, without the time that people take to answer</source>
        <translation>Wie lange ein Schritt dauern darf, ohne die Zeit, die Menschen zum Antworten brauchen</translation>
    </message>
    <message>
        <source>Time for pvserver&apos;s start</source>
        <translation>Zeit für den Start von pvserver</translation>
    </message>
    <message>
        <source>How long pvserver may take to start and connect</source>
        <translation>Wie lange pvserver zum Starten und Verbinden brauchen darf</translation>
    </message>
    <message>
        <source>Time in the queue</source>
        <translation>Zeit in der Warteschlange</translation>
    </message>
    <message>
        <source>How long a job may wait in the queue; without it, as long as it takes</source>
        <translation>Wie lange ein Job warten darf; ohne Angabe so lange, wie es dauert</translation>
    </message>
</context>
<context>
    <name>pvhop::FieldEdit</name>
    <message>
        <source>As pvserver does by itself</source>
        <translation>Wie pvserver es selbst tut</translation>
    </message>
    <message>
        <source>On a GPU (EGL)</source>
        <translation>Auf einer GPU (EGL)</translation>
    </message>
    <message>
        <source>In software (OSMesa)</source>
        <translation>In Software (OSMesa)</translation>
    </message>
    <message>
        <source>On an X display (GLX)</source>
        <translation>Auf einem X-Display (GLX)</translation>
    </message>
    <message>
        <source>ask each time</source>
        <translation>jedes Mal fragen</translation>
    </message>
    <message>
        <source>Ask for &quot;%1&quot; at each connect</source>
        <translation>Bei jedem Verbinden nach „%1“ fragen</translation>
    </message>
</context>
<context>
    <name>pvhop::GuiConnect</name>
    <message>
        <source>pvserver</source>
        <translation>pvserver</translation>
    </message>
</context>
<context>
    <name>pvhop::LogView</name>
    <message>
        <source>(%1 earlier lines are not kept)</source>
        <translation>(%1 frühere Zeilen sind nicht aufgehoben)</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
</context>
<context>
    <name>pvhop::LostDialog</name>
    <message>
        <source>The connection to %1 is lost: %2</source>
        <translation>Die Verbindung zu %1 ist verloren: %2</translation>
    </message>
    <message>
        <source>ParaView still has your pipeline, without the data that was on the server. Reconnect makes a new connection and builds the pipeline again there. Disconnect discards it: save the state first if you want to keep it.</source>
        <translation>ParaView hat Ihre Pipeline noch, ohne die Daten, die auf dem Server waren. „Neu verbinden“ stellt eine neue Verbindung her und baut die Pipeline dort wieder auf. „Trennen“ verwirft sie: Sichern Sie vorher den Zustand, wenn Sie sie behalten wollen.</translation>
    </message>
    <message>
        <source>&amp;Save the State ...</source>
        <translation>Zustand &amp;sichern ...</translation>
    </message>
    <message>
        <source>&amp;Reconnect</source>
        <translation>&amp;Neu verbinden</translation>
    </message>
    <message>
        <source>&amp;Disconnect</source>
        <translation>&amp;Trennen</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Einzelheiten</translation>
    </message>
</context>
<context>
    <name>pvhop::Notice</name>
    <message>
        <source>Save the State ...</source>
        <translation>Zustand sichern ...</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>pvhop::PhaseList</name>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>Reach the host</source>
        <translation>Den Rechner erreichen</translation>
    </message>
    <message>
        <source>Reach %1</source>
        <translation>%1 erreichen</translation>
    </message>
    <message>
        <source>Log in</source>
        <translation>Anmelden</translation>
    </message>
    <message>
        <source>Submit the job</source>
        <translation>Den Job abschicken</translation>
    </message>
    <message>
        <source>Wait in the queue</source>
        <translation>In der Warteschlange</translation>
    </message>
    <message>
        <source>pvserver starts on its node</source>
        <translation>pvserver startet auf seinem Knoten</translation>
    </message>
    <message>
        <source>pvserver starts</source>
        <translation>pvserver startet</translation>
    </message>
    <message>
        <source>Check and connect</source>
        <translation>Prüfen und verbinden</translation>
    </message>
    <message>
        <source>Reach the next host</source>
        <translation>Den nächsten Rechner erreichen</translation>
    </message>
    <message>
        <source>Open the way for pvserver</source>
        <translation>Den Weg für pvserver öffnen</translation>
    </message>
    <message>
        <source>Clean up</source>
        <translation>Aufräumen</translation>
    </message>
</context>
<context>
    <name>pvhop::Plain</name>
    <message>
        <source>The settings of this server were not understood</source>
        <translation>Die Einstellungen dieses Servers wurden nicht verstanden</translation>
    </message>
    <message>
        <source>Open its settings, and save them again.</source>
        <translation>Öffnen Sie seine Einstellungen, und speichern Sie sie neu.</translation>
    </message>
    <message>
        <source>Try again; if it happens every time, give the step more time in the settings (Time for a step).</source>
        <translation>Versuchen Sie es noch einmal; geschieht es jedes Mal, geben Sie dem Schritt in den Einstellungen mehr Zeit (Zeit für einen Schritt).</translation>
    </message>
    <message>
        <source>Choose a key that the host accepts in the settings (Private key), or ask the site how to log in.</source>
        <translation>Wählen Sie in den Einstellungen einen Schlüssel, den der Rechner annimmt (Privater Schlüssel), oder fragen Sie das Rechenzentrum, wie man sich anmeldet.</translation>
    </message>
    <message>
        <source>Connect from ParaView&apos;s Connect dialog, where you can be asked; or load the key into an agent.</source>
        <translation>Verbinden Sie sich aus ParaViews Verbindungsdialog, wo man Sie fragen kann, oder laden Sie den Schlüssel in einen Agenten.</translation>
    </message>
    <message>
        <source>The host does not let ssh carry ParaView&apos;s connection</source>
        <translation>Der Rechner lässt ParaViews Verbindung nicht durch ssh</translation>
    </message>
    <message>
        <source>Choose another way to connect in the settings, or ask the administrator to allow this one: the details say what would have to change.</source>
        <translation>Wählen Sie in den Einstellungen einen anderen Weg, oder bitten Sie die Administratoren, diesen zu erlauben: Was sich ändern müsste, steht unter „Einzelheiten“.</translation>
    </message>
    <message>
        <source>The way back is not open where pvserver&apos;s node could reach it</source>
        <translation>Der Rückweg ist nicht dort offen, wo der Knoten von pvserver ihn erreicht</translation>
    </message>
    <message>
        <source>The host allows no further connection inside the login</source>
        <translation>Der Rechner erlaubt keine weitere Verbindung innerhalb der Anmeldung</translation>
    </message>
    <message>
        <source>Choose another way to connect in the settings, or ask the administrator to install it: the details say its name.</source>
        <translation>Wählen Sie in den Einstellungen einen anderen Weg, oder bitten Sie die Administratoren, es zu installieren: Wie es heißt, steht unter „Einzelheiten“.</translation>
    </message>
    <message>
        <source>Choose a way to connect that needs no login on the node, or ask the site whether users may log in to the nodes of their jobs.</source>
        <translation>Wählen Sie einen Weg, der keine Anmeldung auf dem Knoten braucht, oder fragen Sie das Rechenzentrum, ob man sich auf den Knoten der eigenen Jobs anmelden darf.</translation>
    </message>
    <message>
        <source>No encrypted way to connect works with this host</source>
        <translation>Kein verschlüsselter Weg geht mit diesem Rechner</translation>
    </message>
    <message>
        <source>Open the settings and let the host be looked at: that makes a message to the administrator that says what would help.</source>
        <translation>Öffnen Sie die Einstellungen, und lassen Sie den Rechner ansehen: Daraus wird eine Nachricht an die Administratoren, die sagt, was helfen würde.</translation>
    </message>
    <message>
        <source>Give its path in the settings, or the commands that make it available (such as &apos;module load paraview&apos;).</source>
        <translation>Geben Sie in den Einstellungen seinen Pfad an, oder die Befehle, die es verfügbar machen (etwa „module load paraview“).</translation>
    </message>
    <message>
        <source>Look at pvserver&apos;s output in the log; if its start is slow, give it more time in the settings (Time for pvserver&apos;s start).</source>
        <translation>Sehen Sie im Protokoll nach, was pvserver sagt; startet es langsam, geben Sie ihm in den Einstellungen mehr Zeit (Zeit für den Start von pvserver).</translation>
    </message>
    <message>
        <source>Choose it in the settings (Batch system), or give the commands that make it available (Commands before).</source>
        <translation>Wählen Sie es in den Einstellungen (Batchsystem), oder geben Sie die Befehle an, die es verfügbar machen (Befehle davor).</translation>
    </message>
    <message>
        <source>Choose another way to connect in the settings; the look at the host tells which ones work there.</source>
        <translation>Wählen Sie in den Einstellungen einen anderen Weg; welche dort gehen, zeigt der Blick auf den Rechner.</translation>
    </message>
    <message>
        <source>Ask for less (time, nodes), choose another queue, or wait longer (Time in the queue, in the settings).</source>
        <translation>Fordern Sie weniger an (Zeit, Knoten), wählen Sie eine andere Warteschlange, oder warten Sie länger (Zeit in der Warteschlange, in den Einstellungen).</translation>
    </message>
    <message>
        <source>Choose one from the list of servers.</source>
        <translation>Wählen Sie einen aus der Liste der Server.</translation>
    </message>
    <message>
        <source>It can be imported in ParaView&apos;s Connect dialog, as far as it can be understood.</source>
        <translation>Er kann in ParaViews Verbindungsdialog übernommen werden, so weit er verständlich ist.</translation>
    </message>
    <message>
        <source>The settings of the program that passes connections on are not valid</source>
        <translation>Die Einstellungen des Programms, das Verbindungen weiterreicht, sind nicht gültig</translation>
    </message>
    <message>
        <source>The program that passes connections on could not open its port</source>
        <translation>Das Programm, das Verbindungen weiterreicht, konnte seinen Port nicht öffnen</translation>
    </message>
</context>
<context>
    <name>pvhop::ProgramFinder</name>
    <message>
        <source>&quot;%1 --version&quot; did not answer within 5 s.</source>
        <translation>„%1 --version“ hat nicht innerhalb von 5 s geantwortet.</translation>
    </message>
    <message>
        <source>&quot;%1&quot; could not be started: %2</source>
        <translation>„%1“ konnte nicht gestartet werden: %2</translation>
    </message>
    <message>
        <source>&quot;%1 --version&quot; did not answer as pvhop does.</source>
        <translation>„%1 --version“ hat nicht wie pvhop geantwortet.</translation>
    </message>
    <message>
        <source>&quot;%1&quot; is version %2, but version %3 is needed.</source>
        <translation>„%1“ hat Version %2, gebraucht wird Version %3.</translation>
    </message>
</context>
<context>
    <name>pvhop::PromptDialog</name>
    <message>
        <source>Message from %1</source>
        <translation>Nachricht von %1</translation>
    </message>
    <message>
        <source>Do you know this host?</source>
        <translation>Kennen Sie diesen Rechner?</translation>
    </message>
    <message>
        <source>This computer has never connected to %1 before.</source>
        <translation>Dieser Rechner war noch nie mit %1 verbunden.</translation>
    </message>
    <message>
        <source>To be sure that it is the real one, compare its fingerprint with the one that your site publishes, or ask its support. If they differ, somebody may be in between.</source>
        <translation>Um sicher zu sein, dass es der echte ist, vergleichen Sie den Fingerabdruck mit dem, den Ihr Rechenzentrum veröffentlicht, oder fragen Sie dort nach. Unterscheiden sie sich, könnte jemand dazwischen sein.</translation>
    </message>
    <message>
        <source>Paste the published fingerprint here to compare (optional)</source>
        <translation>Den veröffentlichten Fingerabdruck zum Vergleich hier einfügen (muss nicht sein)</translation>
    </message>
    <message>
        <source>Trust and &amp;Remember</source>
        <translation>&amp;Vertrauen und merken</translation>
    </message>
    <message>
        <source>&amp;Do Not Connect</source>
        <translation>&amp;Nicht verbinden</translation>
    </message>
    <message>
        <source>May a helper be put there?</source>
        <translation>Darf ein Helfer dorthin?</translation>
    </message>
    <message>
        <source>pvhop would like to put a small program on %1.</source>
        <translation>pvhop möchte ein kleines Programm auf %1 ablegen.</translation>
    </message>
    <message>
        <source>&amp;Put It There</source>
        <translation>&amp;Dort ablegen</translation>
    </message>
    <message>
        <source>&amp;Do Without</source>
        <translation>&amp;Ohne es</translation>
    </message>
    <message>
        <source>The fingerprints are the same.</source>
        <translation>Die Fingerabdrücke sind gleich.</translation>
    </message>
    <message>
        <source>The fingerprints differ. Do not connect.</source>
        <translation>Die Fingerabdrücke unterscheiden sich. Nicht verbinden.</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Passwort</translation>
    </message>
    <message>
        <source>Password for %1</source>
        <translation>Passwort für %1</translation>
    </message>
    <message>
        <source>Passphrase of your key</source>
        <translation>Passphrase Ihres Schlüssels</translation>
    </message>
    <message>
        <source>Your key is locked</source>
        <translation>Ihr Schlüssel ist gesperrt</translation>
    </message>
    <message>
        <source>Login</source>
        <translation>Anmeldung</translation>
    </message>
    <message>
        <source>%1 asks</source>
        <translation>%1 fragt</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Passphrase</source>
        <translation>Passphrase</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>gesendet</translation>
    </message>
    <message>
        <source>Waiting for the next question.</source>
        <translation>Die nächste Frage wird erwartet.</translation>
    </message>
    <message>
        <source>Published fingerprint</source>
        <translation>Veröffentlichter Fingerabdruck</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>This way to your data needs a helper over there. It goes to your own cache folder, runs with your rights and only while you are connected, and stays for the next time. Without it, another way is tried. You are asked once for each host.</source>
        <translation>Dieser Weg zu Ihren Daten braucht ein Hilfsprogramm auf der anderen Seite. Es kommt in Ihren eigenen Cache-Ordner, läuft mit Ihren Rechten und nur, solange Sie verbunden sind, und bleibt für das nächste Mal. Ohne es wird ein anderer Weg versucht. Sie werden für jeden Rechner einmal gefragt.</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Einzelheiten</translation>
    </message>
</context>
<context>
    <name>pvhop::Route</name>
    <message>
        <source>Choose for me</source>
        <translation>Für mich wählen</translation>
    </message>
    <message>
        <source>Through the ssh login</source>
        <translation>Durch die ssh-Anmeldung</translation>
    </message>
    <message>
        <source>pvserver connects to the front end, and ssh carries that to you.</source>
        <translation>pvserver verbindet sich mit dem Login-Rechner, und ssh bringt das zu Ihnen.</translation>
    </message>
    <message>
        <source>Through the front end to the node</source>
        <translation>Durch den Login-Rechner zum Knoten</translation>
    </message>
    <message>
        <source>ssh all the way to the node</source>
        <translation>ssh bis zum Knoten</translation>
    </message>
    <message>
        <source>A second ssh login, to the node itself. Encrypted everywhere; needs a site that allows ssh to its nodes.</source>
        <translation>Eine zweite ssh-Anmeldung, am Knoten selbst. Überall verschlüsselt; das Rechenzentrum muss ssh zu den Knoten erlauben.</translation>
    </message>
    <message>
        <source>Passed on by the front end, through ssh</source>
        <translation>Vom Login-Rechner weitergereicht, durch ssh</translation>
    </message>
    <message>
        <source>A small program on the front end takes pvserver&apos;s connection and hands it to ssh. For nodes that reach the front end, but not its ssh ports.</source>
        <translation>Ein kleines Programm auf dem Login-Rechner nimmt die Verbindung von pvserver an und gibt sie an ssh weiter. Für Knoten, die den Login-Rechner erreichen, aber nicht seine ssh-Ports.</translation>
    </message>
    <message>
        <source>Inside the login (works where forwarding is forbidden)</source>
        <translation>In der Anmeldung selbst (geht, wo Weiterleiten verboten ist)</translation>
    </message>
    <message>
        <source>A small program on the front end sends everything through the login itself.</source>
        <translation>Ein kleines Programm auf dem Login-Rechner schickt alles durch die Anmeldung selbst.</translation>
    </message>
    <message>
        <source>Passed on by the front end (not encrypted)</source>
        <translation>Vom Login-Rechner weitergereicht (unverschlüsselt)</translation>
    </message>
    <message>
        <source>A small program on the front end connects to your computer, which has to be reachable from there. For networks that you trust.</source>
        <translation>Ein kleines Programm auf dem Login-Rechner verbindet sich mit Ihrem Rechner, der von dort erreichbar sein muss. Für Netze, denen Sie vertrauen.</translation>
    </message>
    <message>
        <source>Straight back to this computer (not encrypted)</source>
        <translation>Geradewegs zu diesem Rechner (unverschlüsselt)</translation>
    </message>
    <message>
        <source>pvserver connects to your computer, which has to be reachable from there. For networks that you trust.</source>
        <translation>pvserver verbindet sich mit Ihrem Rechner, der von dort erreichbar sein muss. Für Netze, denen Sie vertrauen.</translation>
    </message>
    <message>
        <source>None: on the host itself</source>
        <translation>Keines: auf dem Rechner selbst</translation>
    </message>
    <message>
        <source>Find out when connecting</source>
        <translation>Beim Verbinden herausfinden</translation>
    </message>
    <message>
        <source>Takes the best way that works at the time; between you and the site always encrypted.</source>
        <translation>Nimmt den besten Weg, der gerade geht; zwischen Ihnen und dem Rechenzentrum immer verschlüsselt.</translation>
    </message>
    <message>
        <source>pvserver waits on its node, and ssh reaches it from the front end. Inside the site, between those two, not encrypted.</source>
        <translation>pvserver wartet auf seinem Knoten, und ssh erreicht ihn vom Login-Rechner aus. Im Rechenzentrum, zwischen diesen beiden, unverschlüsselt.</translation>
    </message>
    <message>
        <source>It needs a way that is encrypted, and there is none.</source>
        <translation>Braucht einen verschlüsselten Weg, und es gibt keinen.</translation>
    </message>
    <message>
        <source>It needs a port of the front end that pvserver reaches, and there is none.</source>
        <translation>Braucht einen Port des Login-Rechners, den pvserver erreicht, und es gibt keinen.</translation>
    </message>
    <message>
        <source>It needs a front end that reaches pvserver through your login, and this one may not.</source>
        <translation>Braucht einen Login-Rechner, der pvserver durch Ihre Anmeldung erreicht, und dieser darf es nicht.</translation>
    </message>
    <message>
        <source>It needs a login on the node, and there is none.</source>
        <translation>Braucht eine Anmeldung auf dem Knoten, und es gibt keine.</translation>
    </message>
    <message>
        <source>It needs a small program on the front end, which may not run there.</source>
        <translation>Braucht ein kleines Programm auf dem Login-Rechner, das dort nicht laufen darf.</translation>
    </message>
    <message>
        <source>It needs a program on the front end that may use the login, and there is none.</source>
        <translation>Braucht ein Programm auf dem Login-Rechner, das die Anmeldung nutzen darf, und es gibt keines.</translation>
    </message>
    <message>
        <source>It needs a front end that reaches your computer, and a program that may run there.</source>
        <translation>Braucht einen Login-Rechner, der Ihren Computer erreicht, und ein Programm, das dort laufen darf.</translation>
    </message>
    <message>
        <source>It needs nodes that reach your computer, and these do not.</source>
        <translation>Braucht Knoten, die Ihren Computer erreichen, und diese tun es nicht.</translation>
    </message>
</context>
<context>
    <name>pvhop::RoutePicture</name>
    <message>
        <source>the front end</source>
        <translation>den Login-Rechner</translation>
    </message>
    <message>
        <source>its node</source>
        <translation>seinem Knoten</translation>
    </message>
    <message>
        <source>ParaView connects through the ssh login on %1 to pvserver on %2.</source>
        <translation>ParaView verbindet sich durch die ssh-Anmeldung an %1 mit pvserver auf %2.</translation>
    </message>
    <message>
        <source>pvserver on %2 connects to ParaView through ssh, by way of %1.</source>
        <translation>pvserver auf %2 verbindet sich durch ssh über %1 mit ParaView.</translation>
    </message>
    <message>
        <source>pvserver on %2 connects to %1, and from there through ssh to ParaView.</source>
        <translation>pvserver auf %2 verbindet sich mit %1 und von dort durch ssh mit ParaView.</translation>
    </message>
    <message>
        <source>pvserver on %1 connects to ParaView through ssh.</source>
        <translation>pvserver auf %1 verbindet sich durch ssh mit ParaView.</translation>
    </message>
    <message>
        <source>pvserver on %1 connects straight to this computer, not encrypted.</source>
        <translation>pvserver auf %1 verbindet sich geradewegs mit diesem Rechner, unverschlüsselt.</translation>
    </message>
    <message>
        <source>pvserver on %2 connects to %1, which passes it on to this computer, not encrypted.</source>
        <translation>pvserver auf %2 verbindet sich mit %1; von dort wird es unverschlüsselt an diesen Rechner weitergereicht.</translation>
    </message>
    <message>
        <source>protected by ssh</source>
        <translation>von ssh geschützt</translation>
    </message>
    <message>
        <source>ParaView&apos;s connection, in the direction in which it is opened</source>
        <translation>ParaViews Verbindung, in der Richtung, in der sie geöffnet wird</translation>
    </message>
</context>
<context>
    <name>pvhop::SessionProcess</name>
    <message>
        <source>&quot;%1&quot; could not be started: %2</source>
        <translation>„%1“ konnte nicht gestartet werden: %2</translation>
    </message>
    <message>
        <source>a line of %1 bytes is too long</source>
        <translation>eine Zeile von %1 Bytes ist zu lang</translation>
    </message>
    <message>
        <source>a line of more than %1 bytes is too long</source>
        <translation>eine Zeile von mehr als %1 Bytes ist zu lang</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Not an event (%1)</source>
        <translation>Kein Ereignis (%1)</translation>
    </message>
    <message>
        <source>More lines that are not events follow.</source>
        <translation>Weitere Zeilen, die keine Ereignisse sind, folgen.</translation>
    </message>
    <message>
        <source>ready, but not on the loopback of this computer: &quot;%1&quot;</source>
        <translation>bereit, aber nicht auf der Loopback-Adresse dieses Rechners: „%1“</translation>
    </message>
    <message>
        <source>The program &quot;%1&quot; was ended by a signal (%2).</source>
        <translation>Das Programm „%1“ wurde durch ein Signal beendet (%2).</translation>
    </message>
    <message>
        <source>The program &quot;%1&quot; ended with exit code %2 and gave no reason.</source>
        <translation>Das Programm „%1“ endete mit Exit-Code %2 und nannte keinen Grund.</translation>
    </message>
    <message>
        <source>Its last words: %1</source>
        <translation>Seine letzten Worte: %1</translation>
    </message>
</context>
<context>
    <name>pvhop::SessionStatus</name>
    <message>
        <source>Details of this connection</source>
        <translation>Einzelheiten dieser Verbindung</translation>
    </message>
    <message>
        <source>The connection to %1 is lost. %2</source>
        <translation>Die Verbindung mit %1 ist verloren. %2</translation>
    </message>
    <message>
        <source>less than 1 ms</source>
        <translation>weniger als 1 ms</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>%1:%2 left</source>
        <translation>noch %1:%2</translation>
    </message>
    <message>
        <source>The time of this job on %1 is over in %2 min. pvserver ends then, and what is not saved is lost.</source>
        <translation>Die Zeit dieses Jobs auf %1 ist in %2 min um. Dann endet pvserver, und was nicht gesichert ist, geht verloren.</translation>
    </message>
    <message>
        <source>node %1</source>
        <translation>Knoten %1</translation>
    </message>
    <message>
        <source>pvserver runs on</source>
        <translation>pvserver läuft auf</translation>
    </message>
    <message>
        <source>Round trip</source>
        <translation>Hin und zurück</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Empfangen</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>Restzeit</translation>
    </message>
    <message>
        <source>Save the State ...</source>
        <translation>Zustand sichern ...</translation>
    </message>
    <message>
        <source>End the Job</source>
        <translation>Job beenden</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Trennen</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>no limit that is known</source>
        <translation>keine Grenze bekannt</translation>
    </message>
    <message>
        <source>%1 has not answered for %2 s. ParaView may stand still until it does; if the connection is lost, you are asked what to do.</source>
        <translation>%1 antwortet seit %2 s nicht. ParaView steht vielleicht still, bis es wieder antwortet; geht die Verbindung verloren, werden Sie gefragt, was geschehen soll.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>pvhop::StateIcon</name>
    <message>
        <source>not begun</source>
        <translation>nicht begonnen</translation>
    </message>
    <message>
        <source>under way</source>
        <translation>im Gange</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>done, with a note</source>
        <translation>fertig, mit Hinweis</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>gescheitert</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
</context>
<context>
    <name>pvhop::Wizard</name>
    <message>
        <source>Add a Server with pvhop</source>
        <translation>Server mit pvhop hinzufügen</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>&amp;Zurück</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Save to a &amp;File for Others ...</source>
        <translation>&amp;Datei für andere ...</translation>
    </message>
    <message>
        <source>Save and &amp;Connect</source>
        <translation>Speichern und &amp;verbinden</translation>
    </message>
    <message>
        <source>Change &quot;%1&quot;</source>
        <translation>„%1“ ändern</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>&amp;Weiter</translation>
    </message>
    <message>
        <source>Save for Others</source>
        <translation>Für andere speichern</translation>
    </message>
    <message>
        <source>ParaView server configurations (*.pvsc)</source>
        <translation>ParaView-Serverkonfigurationen (*.pvsc)</translation>
    </message>
    <message>
        <source>&quot;%1&quot; could not be written: %2</source>
        <translation>„%1“ konnte nicht geschrieben werden: %2</translation>
    </message>
    <message>
        <source>Type what you type after &quot;ssh&quot; in a terminal: a host, or a name from your ~/.ssh/config, which pvhop reads as ssh does. If you log in by way of other hosts, open More. What you need is an account there, nothing else.</source>
        <translation>Schreiben Sie, was Sie im Terminal hinter „ssh“ schreiben: einen Rechner oder einen Namen aus Ihrer ~/.ssh/config, die pvhop wie ssh liest. Wenn Sie sich über andere Rechner anmelden, öffnen Sie „Mehr“. Sie brauchen dort einen Zugang, sonst nichts.</translation>
    </message>
    <message>
        <source>pvhop logs in once and looks at what the site allows: whether pvserver can call back, which batch system there is, which versions of ParaView. Green is good, amber is good to know, red does not work. Nothing is changed or left there.</source>
        <translation>pvhop meldet sich einmal an und sieht nach, was dort erlaubt ist: ob pvserver zurückrufen kann, welches Batchsystem und welche Versionen von ParaView es gibt. Grün ist gut, gelb gut zu wissen, rot geht nicht. Nichts wird verändert oder bleibt zurück.</translation>
    </message>
    <message>
        <source>pvserver and ParaView have to find each other, and firewalls stand between them. The thick line is protected by ssh; the arrow is ParaView&apos;s own connection, in the direction in which it is opened. &quot;Choose for me&quot; is right for nearly everybody.</source>
        <translation>pvserver und ParaView müssen zueinander finden, und Firewalls stehen dazwischen. Die dicke Linie schützt ssh; der Pfeil ist ParaViews eigene Verbindung in der Richtung, in der sie geöffnet wird. „Für mich wählen“ ist für fast alle richtig.</translation>
    </message>
    <message>
        <source>On a cluster pvserver runs in a batch job, on compute nodes. A queue (or partition) is where jobs of one kind wait; the account is what the time is charged to. What you leave empty, the site decides.</source>
        <translation>Auf einem Cluster läuft pvserver in einem Batchjob auf Rechenknoten. In einer Warteschlange (oder Partition) warten Jobs einer Art; dem Projektkonto wird die Zeit angerechnet. Was Sie leer lassen, entscheidet das Rechenzentrum.</translation>
    </message>
    <message>
        <source>Save puts the entry into ParaView&apos;s list of servers. A file for others works for everybody who has pvhop: it has no password in it, and no key.</source>
        <translation>Speichern legt den Eintrag in ParaViews Serverliste ab. Eine Datei für andere geht bei allen, die pvhop haben: Es steht kein Passwort darin und kein Schlüssel.</translation>
    </message>
</context>
<context>
    <name>pvhop::WizardCheckPage</name>
    <message>
        <source>What works there?</source>
        <translation>Was geht dort?</translation>
    </message>
    <message>
        <source>Let me choose &amp;how to connect</source>
        <translation>Den Weg &amp;selbst wählen</translation>
    </message>
    <message>
        <source>Copy a Message to the &amp;Administrator</source>
        <translation>Nachricht an die &amp;Administration kopieren</translation>
    </message>
    <message>
        <source>What your site could allow, in words that its administrator knows</source>
        <translation>Was Ihr Rechenzentrum erlauben könnte, in Worten, die man dort kennt</translation>
    </message>
    <message>
        <source>Check A&amp;gain</source>
        <translation>&amp;Noch einmal prüfen</translation>
    </message>
    <message>
        <source>pvhop logs in to %1 and looks. It changes nothing there.</source>
        <translation>pvhop meldet sich an %1 an und sieht nach. Es verändert dort nichts.</translation>
    </message>
    <message>
        <source>It was looked for beside this program and on the PATH.</source>
        <translation>Gesucht wurde neben diesem Programm und im PATH.</translation>
    </message>
    <message>
        <source>You need not wait: what is wrong is then found when you connect.</source>
        <translation>Sie müssen nicht warten: Was nicht geht, zeigt sich dann beim Verbinden.</translation>
    </message>
    <message>
        <source>No way was found that works here. The list says why.</source>
        <translation>Es wurde kein Weg gefunden, der hier geht. Die Liste sagt, warum.</translation>
    </message>
    <message>
        <source>This will work: %1.</source>
        <translation>Das wird gehen: %1.</translation>
    </message>
    <message>
        <source>Go back to change the host, or go on without the check.</source>
        <translation>Gehen Sie zurück, um den Rechner zu ändern, oder ohne die Prüfung weiter.</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>&amp;Weiter</translation>
    </message>
    <message>
        <source>&amp;Skip</source>
        <translation>&amp;Überspringen</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Einzelheiten</translation>
    </message>
    <message>
        <source>What exactly was found, in words for administrators</source>
        <translation>Was genau gefunden wurde, in den Worten von Administratoren</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Was gefunden wurde</translation>
    </message>
    <message>
        <source>The details say what was found.</source>
        <translation>Was gefunden wurde, steht unter „Einzelheiten“.</translation>
    </message>
</context>
<context>
    <name>pvhop::WizardFinishPage</name>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Saved, it stands in ParaView&apos;s Connect dialog under this name.</source>
        <translation>Gespeichert steht es unter diesem Namen in ParaViews Dialog „Connect“.</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Entry (XML)</source>
        <translation>Eintrag (XML)</translation>
    </message>
    <message>
        <source>C&amp;opy</source>
        <translation>K&amp;opieren</translation>
    </message>
    <message>
        <source>&amp;What exactly runs</source>
        <translation>&amp;Was genau läuft</translation>
    </message>
    <message>
        <source>Job script</source>
        <translation>Job-Skript</translation>
    </message>
    <message>
        <source>Script on the host</source>
        <translation>Skript auf dem Rechner</translation>
    </message>
    <message>
        <source>It was looked for beside this program and on the PATH.</source>
        <translation>Gesucht wurde neben diesem Programm und im PATH.</translation>
    </message>
    <message>
        <source>What exactly runs</source>
        <translation>Was genau läuft</translation>
    </message>
</context>
<context>
    <name>pvhop::WizardJobPage</name>
    <message>
        <source>&amp;ParaView there</source>
        <translation>&amp;ParaView dort</translation>
    </message>
    <message>
        <source>ParaView there</source>
        <translation>ParaView dort</translation>
    </message>
    <message>
        <source>pvserver, or its whole path</source>
        <translation>pvserver oder sein ganzer Pfad</translation>
    </message>
    <message>
        <source>nothing, or for example: module load paraview/{version}</source>
        <translation>nichts oder zum Beispiel: module load paraview/{version}</translation>
    </message>
    <message>
        <source>&amp;More: memory, rendering, MPI ...</source>
        <translation>&amp;Mehr: Speicher, Rendering, MPI ...</translation>
    </message>
    <message>
        <source>version unknown</source>
        <translation>Version unbekannt</translation>
    </message>
    <message>
        <source>module %1</source>
        <translation>Modul %1</translation>
    </message>
    <message>
        <source>   (does not fit yours)</source>
        <translation>   (passt nicht zu Ihrem)</translation>
    </message>
    <message>
        <source>Another one ...</source>
        <translation>Ein anderes ...</translation>
    </message>
    <message>
        <source>As given below</source>
        <translation>Wie unten angegeben</translation>
    </message>
    <message>
        <source>(not for you)</source>
        <translation>(nicht für Sie)</translation>
    </message>
    <message>
        <source>up to %1</source>
        <translation>bis %1</translation>
    </message>
    <message>
        <source>the batch system&apos;s own choice</source>
        <translation>was das Batchsystem wählt</translation>
    </message>
    <message>
        <source>%1, the usual one here</source>
        <translation>%1, hier üblich</translation>
    </message>
    <message>
        <source>for example 01:30:00, 90m or 2h</source>
        <translation>zum Beispiel 01:30:00, 90m oder 2h</translation>
    </message>
    <message>
        <source>What to ask the cluster for?</source>
        <translation>Was soll der Cluster bereitstellen?</translation>
    </message>
    <message>
        <source>Which pvserver?</source>
        <translation>Welcher pvserver?</translation>
    </message>
    <message>
        <source>What is ticked, ParaView asks each time you connect; the value here is what it proposes.</source>
        <translation>Nach Angehaktem fragt ParaView bei jedem Verbinden; der Wert hier ist sein Vorschlag.</translation>
    </message>
    <message>
        <source>pvserver is the part of ParaView that runs where the data is. Its version has to be yours.</source>
        <translation>pvserver ist der Teil von ParaView, der bei den Daten läuft. Er muss dieselbe Version haben wie Ihres.</translation>
    </message>
    <message>
        <source>Yours is ParaView %1: pvserver has to be of the same version.</source>
        <translation>Ihres ist ParaView %1: pvserver muss dieselbe Version haben.</translation>
    </message>
    <message>
        <source>Fits your ParaView %1.</source>
        <translation>Passt zu Ihrem ParaView %1.</translation>
    </message>
    <message>
        <source>Your ParaView is %1: the two will refuse each other.</source>
        <translation>Ihr ParaView ist %1: Die beiden werden einander ablehnen.</translation>
    </message>
    <message>
        <source>What to ask for</source>
        <translation>Was angefordert wird</translation>
    </message>
</context>
<context>
    <name>pvhop::WizardModel</name>
    <message>
        <source>A name cannot have &quot; or &lt; in it.</source>
        <translation>Ein Name kann kein &quot; oder &lt; enthalten.</translation>
    </message>
    <message>
        <source>There is an entry of this name already. Choose another name.</source>
        <translation>Es gibt schon einen Eintrag dieses Namens. Wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>Your site has an entry of this name. Yours will hide it from you.</source>
        <translation>Ihr Rechenzentrum hat einen Eintrag dieses Namens. Ihrer wird ihn verdecken.</translation>
    </message>
</context>
<context>
    <name>pvhop::WizardRoutePage</name>
    <message>
        <source>How will it connect?</source>
        <translation>Wie wird verbunden?</translation>
    </message>
    <message>
        <source>Only where a batch system gives pvserver a node of its own.</source>
        <translation>Nur wo ein Batchsystem pvserver einen eigenen Knoten gibt.</translation>
    </message>
    <message>
        <source>Here, now: %1.</source>
        <translation>Hier und jetzt: %1.</translation>
    </message>
    <message>
        <source> (recommended)</source>
        <translation> (empfohlen)</translation>
    </message>
    <message>
        <source> (not here)</source>
        <translation> (hier nicht)</translation>
    </message>
    <message>
        <source>These ways work with what %1 allows. If in doubt, leave it as it is.</source>
        <translation>Diese Wege gehen mit dem, was %1 erlaubt. Im Zweifel lassen Sie es so.</translation>
    </message>
    <message>
        <source>Nothing was looked at, so all ways are offered. If in doubt, leave it as it is.</source>
        <translation>Es wurde nicht nachgesehen, deshalb stehen alle Wege da. Im Zweifel lassen Sie es so.</translation>
    </message>
    <message>
        <source>&amp;All the ways, and why not each of them</source>
        <translation>&amp;Alle Wege, und warum nicht jeder geht</translation>
    </message>
    <message>
        <source>The ways to connect</source>
        <translation>Die Wege der Verbindung</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Einzelheiten</translation>
    </message>
    <message>
        <source>What exactly was found, in words for administrators</source>
        <translation>Was genau gefunden wurde, in Worten für Administratoren</translation>
    </message>
</context>
<context>
    <name>pvhop::WizardWherePage</name>
    <message>
        <source>Where does your data live?</source>
        <translation>Wo sind Ihre Daten?</translation>
    </message>
    <message>
        <source>login.cluster.edu, or a name from your ssh configuration</source>
        <translation>login.cluster.edu oder ein Name aus Ihrer ssh-Konfiguration</translation>
    </message>
    <message>
        <source>as your ssh configuration says</source>
        <translation>wie Ihre ssh-Konfiguration sagt</translation>
    </message>
    <message>
        <source>&amp;More: key, port, hosts on the way</source>
        <translation>&amp;Mehr: Schlüssel, Port, Rechner auf dem Weg</translation>
    </message>
    <message>
        <source>&amp;Look at this host now, to find out what works there</source>
        <translation>Jetzt &amp;nachsehen, was dort geht</translation>
    </message>
    <message>
        <source>Logs in and looks; changes nothing. Without it, what is wrong is found when you connect.</source>
        <translation>Meldet sich an und sieht nach, verändert nichts. Ohne das zeigt sich beim Verbinden, was nicht geht.</translation>
    </message>
    <message>
        <source>Your ssh configuration: %1</source>
        <translation>Ihre ssh-Konfiguration: %1</translation>
    </message>
    <message>
        <source>, port %1</source>
        <translation>, Port %1</translation>
    </message>
    <message>
        <source>, by way of %1</source>
        <translation>, über %1</translation>
    </message>
    <message>
        <source>Type the name of the host that you log in to.</source>
        <translation>Geben Sie den Namen des Rechners ein, an dem Sie sich anmelden.</translation>
    </message>
    <message>
        <source>The computer that you log in to with ssh: a cluster&apos;s login node or a workstation.</source>
        <translation>Der Rechner, an dem Sie sich mit ssh anmelden: Login-Rechner oder Arbeitsplatzrechner.</translation>
    </message>
    <message>
        <source>your own, ~/.ssh/config</source>
        <translation>Ihre eigene, ~/.ssh/config</translation>
    </message>
</context>
</TS>
